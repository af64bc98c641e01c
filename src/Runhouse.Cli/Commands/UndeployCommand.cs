using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse undeploy</c>.</summary>
internal static class UndeployCommand
{
    public static Command Create(Terminal terminal)
    {
        var application = new Argument<string>("application") { Description = "The application, as 'runhouse deployments' names it." };
        Option<string?> cluster = Arguments.ClusterOption();
        var command = new Command(
            "undeploy",
            "Take an application back from a cluster's hosts that are up: its schedules end, and its workers when nobody uses them. Programs call their own builds as before; a new build, or 'runhouse deploy', brings it back. Nothing is started.")
        {
            application, cluster,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster chosen = parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default();
            string wanted = parsed.GetValue(application)!;
            IReadOnlyList<string> hosts = await chosen.UndeployAsync(wanted, cancellationToken).ConfigureAwait(false);
            terminal.Result(new UndeployResult(wanted, hosts), CliJson.Readable.UndeployResult, static (done, console) => console.Line($"{string.Join(", ", done.Hosts)}: {done.Application} is taken back."));
            return ExitCodes.Success;
        });
        return command;
    }
}
