using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse deploy</c>.</summary>
internal static class DeployCommand
{
    public static Command Create(Terminal terminal)
    {
        var build = new Argument<string>("build") { Description = "The folder with a build's output, or its assembly.", HelpName = "path" };
        Option<string?> cluster = Arguments.ClusterOption();
        Option<int> host = Arguments.Host();
        var application = new Option<string?>("--app") { Description = "The application's name on the host; without it, what the configuration says, or the assembly's name.", HelpName = "name" };
        var command = new Command(
            "deploy",
            "Deploy a build without calling it: send what the host lacks, start it, and make it its application's current deployment, whose schedules are on from then. One that does not start leaves the one before it in its place.")
        {
            build, cluster, host, application,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster chosen = (parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default()).Host(parsed.GetValue(host));
            LiveDeployment deployed = await chosen.DeployAsync(parsed.GetValue(build)!, parsed.GetValue(application), terminal.Error.Profile.Out.Writer, cancellationToken).ConfigureAwait(false);
            await using (deployed.ConfigureAwait(false))
            {
                ClusterStatus status = await chosen.StatusAsync(cancellationToken).ConfigureAwait(false);
                terminal.Result(ResultOf(deployed.Id, status.Hosts[parsed.GetValue(host)]), CliJson.Readable.DeployResult, Show);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static DeployResult ResultOf(string id, ClusterHostStatus host)
    {
        HostStatus status = host.Status ?? throw new HostUnreachableException($"Deployment {id} is on {host.Name}, which does not answer any more: {host.Problem ?? "it has ended"}. 'runhouse status' tells more.");
        return new DeployResult(host.Name, status.Deployments.First(one => one.Id == id).Application, id, [.. status.Schedules.Where(one => one.Deployment == id)]);
    }

    private static void Show(DeployResult deployed, IAnsiConsole console)
    {
        console.Line($"{deployed.Host}: {deployed.Application} is {deployed.Deployment[..DeploymentsCommand.ShownOfId]} now.");
        if (deployed.Schedules.Count > 0)
            console.Write(ScheduleDisplay.Table(deployed.Schedules));
    }
}
