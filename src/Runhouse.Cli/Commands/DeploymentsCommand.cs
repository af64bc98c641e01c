using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse deployments</c>.</summary>
internal static class DeploymentsCommand
{
    /// <summary>How much of a deployment's id is shown.</summary>
    public const int ShownOfId = 12;

    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        name.Arity = ArgumentArity.ZeroOrOne;
        name.Description = "The cluster's name; without it, the one that the configuration names, which is this machine if it names none.";
        var command = new Command("deployments", "List the deployments on a cluster's hosts, the one used last first. Nothing is started, and looking keeps nothing up.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = parsed.GetValue(name) is { } given ? Cluster.Get(given) : Cluster.Default();
            ClusterStatus status = await cluster.StatusAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<DeploymentEntry> entries = [.. status.Hosts.SelectMany(static host => Entries(host))];
            foreach (ClusterHostStatus host in status.Hosts.Where(static one => one.Status is null))
                terminal.Note(host.Problem?.Split('\n')[0] ?? $"{host.Name}: no host runs there, so that its deployments are not known. 'runhouse up {cluster.Name}' starts it.");
            foreach (ClusterHostStatus host in status.Hosts.Where(static one => one.Status is { Deployments.Count: 0 }))
                terminal.Note($"{host.Name} has no deployment: the first call of a program makes one, or 'runhouse deploy'.");
            terminal.Result(entries, CliJson.Readable.IReadOnlyListDeploymentEntry, Show);
            return status.Hosts.Any(static host => host.State == ClusterHostState.Unknown) ? ExitCodes.Unreachable : ExitCodes.Success;
        });
        return command;
    }

    private static IEnumerable<DeploymentEntry> Entries(ClusterHostStatus host)
    {
        if (host.Status is not { } status)
            return [];
        return status.Deployments.OrderByDescending(static one => one.UsedAt).Select(one =>
        {
            WorkerStatus[] workers = [.. status.Workers.Where(worker => worker.Deployment == one.Id && worker.State != WorkerState.Ended)];
            return new DeploymentEntry(
                host.Name, one.Application, one.Id, one.Files, one.Bytes, workers.Length, workers.Sum(static worker => worker.Objects), workers.Sum(static worker => worker.Calls), one.UsedAt, one.IsCurrent, one.IsPrevious);
        });
    }

    private static void Show(IReadOnlyList<DeploymentEntry> entries, IAnsiConsole console)
    {
        if (entries.Count == 0)
            return;
        console.Write(Tables.Create(
            ["HOST", "APPLICATION", "DEPLOYMENT", "FILES", "SIZE", "WORKERS", "CALLS", "OBJECTS", "USED", ""],
            entries.Select(static one => new[]
            {
                one.Host, one.Application, one.Id[..ShownOfId], Number(one.Files), Sizes.Bytes(one.Bytes), Number(one.Workers), Number(one.Calls), Number(one.Objects),
                one.UsedAt.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                one.IsCurrent ? "current" : one.IsPrevious ? "previous" : "",
            })));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
