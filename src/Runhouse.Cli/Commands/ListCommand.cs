using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("list", "List the saved clusters. It asks no machine; 'status' does.");
        command.SetAction(_ =>
        {
            var saved = SavedClusters.Read(terminal);
            IReadOnlyList<ClusterEntry> clusters =
            [
                .. saved.Clusters.Select(static one => new ClusterEntry(one.Name, one.Provider, one.HostNames, one.Autostop is { } stop ? (stop.Ticks < 0 ? -1 : stop.TotalSeconds) : null, one.OpenPort)),
            ];
            terminal.Result(clusters, CliJson.Readable.IReadOnlyListClusterEntry, (list, console) =>
            {
                if (list.Count == 0)
                {
                    if (!saved.AreAll)
                        return;
                    terminal.Note("No cluster is saved. 'runhouse up NAME --ssh user@address' makes one.");
                    return;
                }

                console.Write(Tables.Create(
                    ["NAME", "PROVIDER", "HOSTS", "AUTOSTOP", "OPEN PORT"],
                    list.Select(static one => new[]
                    {
                        one.Name, one.Provider, string.Join(", ", one.Hosts), one.AutostopSeconds is { } seconds ? Sizes.Time(TimeSpan.FromSeconds(seconds)) : "as configured",
                        one.OpenPort switch { null => "", 0 => "any", { } port => port.ToString(CultureInfo.InvariantCulture) },
                    })));
            });
            return saved.AreAll ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }
}
