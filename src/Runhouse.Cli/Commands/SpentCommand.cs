using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse spent</c>.</summary>
internal static class SpentCommand
{
    private const string ByCluster = "cluster";
    private const string ByDay = "day";
    private const string ByMonth = "month";

    public static Command Create(Terminal terminal)
    {
        var by = new Option<string>("--by") { Description = "One line for each cluster, or for each day or month (UTC) and cluster.", HelpName = "what", DefaultValueFactory = static _ => ByCluster };
        by.AcceptOnlyFromAmong(ByCluster, ByDay, ByMonth);
        var command = new Command("spent", "Show what leased machines have cost so far, of clusters that are down too: the machines alone, by the catalogue's price when they were leased. It asks no provider.") { by };
        command.SetAction(parsed =>
        {
            SpentEntry[] entries = [.. Entries(Cluster.Spent(), parsed.GetValue(by)!)];
            terminal.Result<IReadOnlyList<SpentEntry>>(entries, CliJson.Readable.IReadOnlyListSpentEntry, (list, console) => Show(list, parsed.GetValue(by) != ByCluster, console));
            return ExitCodes.Success;
        });
        return command;
    }

    private static IEnumerable<SpentEntry> Entries(IReadOnlyList<LeaseCost> costs, string by) => costs
        .SelectMany(cost => Periods(cost, by).Select(period => (period.Name, cost.Cluster, Cost: cost, period.Begin, period.End)))
        .GroupBy(static one => (one.Name, one.Cluster))
        .OrderBy(static group => group.Key.Name, StringComparer.Ordinal).ThenBy(static group => group.Key.Cluster, StringComparer.Ordinal)
        .Select(static group => new SpentEntry(
            group.Key.Name,
            group.Key.Cluster,
            group.Sum(static one => HoursOf(one.Cost, one.Begin, one.End)),
            group.Sum(static one => one.Cost.CostBetween(one.Begin, one.End) ?? 0),
            group.Where(static one => one.Cost.AnHour is null).Sum(static one => HoursOf(one.Cost, one.Begin, one.End)),
            group.Any(static one => one.Cost.IsAtMost),
            group.Any(static one => one.Cost.IsRunning)));

    private static double HoursOf(LeaseCost cost, DateTimeOffset begin, DateTimeOffset end) => Math.Round(cost.TimeBetween(begin, end).TotalHours * cost.Count, 4);

    private static IEnumerable<(string? Name, DateTimeOffset Begin, DateTimeOffset End)> Periods(LeaseCost cost, string by)
    {
        if (by == ByCluster)
        {
            yield return (null, cost.From, cost.To);
            yield break;
        }

        DateTimeOffset first = cost.From.ToUniversalTime();
        DateTimeOffset begin = new(first.Year, first.Month, by == ByDay ? first.Day : 1, 0, 0, 0, TimeSpan.Zero);
        while (begin < cost.To)
        {
            DateTimeOffset end = by == ByDay ? begin.AddDays(1) : begin.AddMonths(1);
            yield return (begin.ToString(by == ByDay ? "yyyy-MM-dd" : "yyyy-MM", CultureInfo.InvariantCulture), begin, end);
            begin = end;
        }
    }

    private static void Show(IReadOnlyList<SpentEntry> entries, bool hasPeriods, IAnsiConsole console)
    {
        if (entries.Count == 0)
        {
            console.WriteLine("No machine was leased yet.");
            return;
        }

        string[] titles = ["CLUSTER", "MACHINE HOURS", "COST", ""];
        console.Write(Tables.Create(hasPeriods ? ["UTC", .. titles] : titles, entries.Select(entry => Row(entry, hasPeriods))));
        console.WriteLine($"{Prices.Text(entries.Sum(static one => one.Cost))} in all, without disks and traffic");
    }

    private static string[] Row(SpentEntry entry, bool hasPeriods)
    {
        string[] notes =
        [
            .. entry.IsRunning ? ["runs"] : Array.Empty<string>(),
            .. entry.IsAtMost ? ["at most: some ended by themselves"] : Array.Empty<string>(),
            .. entry.UnpricedHours > 0 ? [string.Create(CultureInfo.InvariantCulture, $"and {Prices.Amount(entry.UnpricedHours)} hours at a price that is not known")] : Array.Empty<string>(),
        ];
        string[] row = [entry.Cluster, Prices.Amount(Math.Round(entry.MachineHours, 2)), Prices.Text(entry.Cost), string.Join(", ", notes)];
        return hasPeriods ? [entry.Period!, .. row] : row;
    }
}
