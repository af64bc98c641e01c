using System.CommandLine;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters; without any, this machine and all that are saved.");
        var command = new Command("status", "Show what runs on clusters: hosts, machines, workers, calls, schedules, objects. Nothing is started, and looking keeps nothing up.") { names };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(names) ?? [];
            SavedClusters saved = wanted.Length > 0 ? new SavedClusters([.. wanted.Select(Cluster.Get)], AreAll: true) : SavedClusters.Read(terminal);
            IEnumerable<Cluster> clusters = wanted.Length > 0 ? saved.Clusters : [Cluster.Local(), .. saved.Clusters];
            IReadOnlyList<ClusterStatus> all = await Task.WhenAll(clusters.Select(one => one.StatusAsync(cancellationToken))).ConfigureAwait(false);
            terminal.Result(all, CliJson.Readable.IReadOnlyListClusterStatus, static (list, console) =>
            {
                foreach (ClusterStatus one in list)
                    StatusDisplay.Show(one, console);
            });
            int exitCode = ExitCodes.OfHosts(all.SelectMany(static one => one.Hosts).Where(static host => host.State == ClusterHostState.Unknown).Select(static host => host.IsRefused));
            return exitCode == ExitCodes.Success && !saved.AreAll ? ExitCodes.Failed : exitCode;
        });
        return command;
    }
}
