using System.Globalization;
using System.Text;
using Runhouse.Simulation.Bounds;
using Runhouse.Simulation.Team;

namespace Runhouse.Simulation;

/// <summary>The figures as the Markdown of docs/cost.md: medians over the weeks of failures, the smallest and the largest in brackets.</summary>
internal static class CostPage
{
    /// <summary>The line of the page behind which the figures stand.</summary>
    public const string Begin = "<!-- figures: written by the simulator -->";

    /// <summary>The line of the page before which they end.</summary>
    public const string End = "<!-- end of figures -->";

    /// <summary>A page with other figures.</summary>
    /// <param name="page">The page.</param>
    /// <param name="comparison">The figures.</param>
    public static string With(string page, CostComparison comparison)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        return $"{page[..begin]}\n{Table(comparison)}\n{LeverTable(comparison)}{page[end..]}";
    }

    /// <summary>The figures as a table.</summary>
    /// <param name="comparison">The figures.</param>
    public static string Table(CostComparison comparison)
    {
        var text = new StringBuilder();
        text.Append("| | cost, $ | saved of the peak fleet | saved of the smallest fleet | of the bound's saving | results late | wait of callers, p95, min | machines lost | work lost, h |\n");
        text.Append("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        AddFleet("always on, for the peak of each kind", comparison.ForPeak);
        AddFleet("always on, the smallest that is in time", comparison.Smallest);
        AddFleet("the same, if nobody asked for too much", comparison.SmallestByUse);
        foreach (StrategyResults one in comparison.Strategies)
        {
            Add(one.Strategy.Name, one.Median(static result => result.Cost), Spread(one, static result => result.Cost, "N0"));
            text.Append(
                CultureInfo.InvariantCulture,
                $" {Spread(one, static result => result.Late, "0")} | {Spread(one, static result => result.LongWaitMinutes, "0.0")} | {Spread(one, static result => result.LostMachines, "0")} | {Spread(one, static result => result.LostHours + result.LostToMemoryHours, "0.0")} |\n");
        }

        AddBound("clairvoyant bound without spot machines", comparison.BoundOnDemand);
        AddBound("clairvoyant bound", comparison.Bound);
        return text.ToString();

        void AddFleet(string name, AlwaysOnFleet fleet)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {fleet.Machines} machines"), fleet.Cost(comparison.Length), "");
            text.Append(" 0 | | | |\n");
        }

        void AddBound(string name, double cost)
        {
            Add(name, cost, "");
            text.Append(" | | | |\n");
        }

        void Add(string name, double cost, string costs) => text.Append(
            CultureInfo.InvariantCulture,
            $"| {name} | {(costs.Length > 0 ? costs : cost.ToString("N0", CultureInfo.InvariantCulture))} | {Percent(comparison.Saved(cost, comparison.ForPeak))} | {Percent(comparison.Saved(cost, comparison.Smallest))} | {Percent(comparison.OfBound(cost))} |");
    }

    /// <summary>What each lever gives.</summary>
    /// <param name="comparison">The figures.</param>
    public static string LeverTable(CostComparison comparison)
    {
        var text = new StringBuilder("| lever | saves alone, $ | its lack costs beside all others, $ |\n|---|---:|---:|\n");
        foreach (Lever lever in Strategy.Levers)
        {
            // Autostop is measured against the fleet that is always on, the others against machines that it ends.
            double before = lever.Alone == Strategy.OnDemand ? comparison.Smallest.Cost(comparison.Length) : CostOf(Strategy.OnDemand);
            double saved = before - CostOf(lever.Alone);
            double lack = CostOf(lever.LeftOut) - CostOf(Strategy.All);
            text.Append(CultureInfo.InvariantCulture, $"| {lever.Name} | {saved:N0} of {before:N0}: {Percent(saved / before)} | {lack:N0} |\n");
        }

        return text.ToString();

        double CostOf(Strategy strategy) => comparison.Strategies.Single(one => one.Strategy == strategy).Median(static result => result.Cost);
    }

    private static string Percent(double part) => (100 * part).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Spread(StrategyResults one, Func<SimulationResult, double> figure, string format)
    {
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        (string median, string least, string most) = (Text(one.Median(figure)), Text(one.Results.Min(figure)), Text(one.Results.Max(figure)));
        return least == most ? median : $"{median} ({least}-{most})";
    }
}
