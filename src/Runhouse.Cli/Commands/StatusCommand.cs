using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters; without any, this machine and all that are saved.");
        var command = new Command("status", "Show what runs on clusters: hosts, machines, workers, calls, objects. Nothing is started, and looking keeps nothing up.") { names };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(names) ?? [];
            IEnumerable<Cluster> clusters = wanted.Length > 0 ? wanted.Select(Cluster.Get) : [Cluster.Local(), .. Cluster.List()];
            IReadOnlyList<ClusterStatus> all = await Task.WhenAll(clusters.Select(one => one.StatusAsync(cancellationToken))).ConfigureAwait(false);
            terminal.Result(all, CliJson.Readable.IReadOnlyListClusterStatus, static (list, console) =>
            {
                foreach (ClusterStatus one in list)
                    StatusDisplay.Show(one, console);
            });
            return ExitCodes.OfHosts(all.SelectMany(static one => one.Hosts).Where(static host => host.State == ClusterHostState.Unknown).Select(static host => host.IsRefused));
        });
        return command;
    }
}
