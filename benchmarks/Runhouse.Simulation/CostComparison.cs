using System.Globalization;
using System.Text;
using Runhouse.Simulation.Bounds;
using Runhouse.Simulation.Team;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation;

/// <summary>All strategies on one trace, beside the fleets that are always on and the bound below which nobody gets.</summary>
internal sealed class CostComparison
{
    /// <summary>How many weeks of failures the figures are of.</summary>
    public const int Weathers = 5;

    private readonly List<(Strategy Strategy, IReadOnlyList<SimulationResult> Results)> _strategies = [];

    private CostComparison(IReadOnlyList<Job> jobs, TimeSpan length, int weathers)
    {
        MachineCatalogue catalogue = MachineCatalogue.LoadEmbedded();
        Jobs = jobs;
        Length = length;
        ForPeak = AlwaysOn.ForPeak(jobs, catalogue);
        ForDeadlines = AlwaysOn.ForDeadlines(jobs, catalogue);
        Bound = Clairvoyant.Bound(jobs, catalogue, spot: true);
        BoundOnDemand = Clairvoyant.Bound(jobs, catalogue, spot: false);
        foreach (Strategy strategy in Strategy.Every)
            _strategies.Add((strategy, [.. Enumerable.Range(1, weathers).Select(seed => WeekSimulation.Run(jobs, length, strategy, seed))]));
    }

    /// <summary>The trace.</summary>
    public IReadOnlyList<Job> Jobs { get; }

    /// <summary>How long it is.</summary>
    public TimeSpan Length { get; }

    /// <summary>The fleet for the peak.</summary>
    public AlwaysOnFleet ForPeak { get; }

    /// <summary>The smallest fleet that is in time.</summary>
    public AlwaysOnFleet ForDeadlines { get; }

    /// <summary>What it costs at least, in dollars.</summary>
    public double Bound { get; }

    /// <summary>What it costs at least without spot machines.</summary>
    public double BoundOnDemand { get; }

    /// <summary>The results by strategy.</summary>
    public IReadOnlyList<(Strategy Strategy, IReadOnlyList<SimulationResult> Results)> Strategies => _strategies;

    /// <summary>The week.</summary>
    /// <param name="weathers">With how many weeks of failures.</param>
    public static CostComparison OfWeek(int weathers) => new(TraceFile.ReadWeek(), TimeSpan.FromDays(7), weathers);

    /// <summary>Its first day.</summary>
    /// <param name="weathers">With how many weeks of failures.</param>
    public static CostComparison OfDay(int weathers) => new([.. TraceFile.ReadWeek().Where(static job => job.Arrival < TimeSpan.FromDays(1))], TimeSpan.FromDays(1), weathers);

    /// <summary>What a cost saves, of a fleet that is always on.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="fleet">The fleet.</param>
    public double Saved(double cost, AlwaysOnFleet fleet) => 1 - (cost / fleet.Cost(Length));

    /// <summary>The figures, one value for each week of failures.</summary>
    public IEnumerable<(string Strategy, string Metric, string Unit, double[] Values)> Figures()
    {
        yield return ("always on, for the peak", "cost", "dollars", [ForPeak.Cost(Length)]);
        yield return ("always on, for the peak", "machines", "", [ForPeak.Machines]);
        yield return ("always on, in time", "cost", "dollars", [ForDeadlines.Cost(Length)]);
        yield return ("always on, in time", "machines", "", [ForDeadlines.Machines]);
        yield return ("clairvoyant bound", "cost", "dollars", [Bound]);
        yield return ("clairvoyant bound, no spot", "cost", "dollars", [BoundOnDemand]);
        foreach ((Strategy strategy, IReadOnlyList<SimulationResult> results) in _strategies)
        {
            yield return Of("cost", "dollars", static result => result.Cost);
            yield return Of("saved of the peak fleet", "%", result => 100 * Saved(result.Cost, ForPeak));
            yield return Of("saved of the fleet in time", "%", result => 100 * Saved(result.Cost, ForDeadlines));
            yield return Of("of the bound's saving", "%", result => 100 * Saved(result.Cost, ForDeadlines) / Saved(Bound, ForDeadlines));
            yield return Of("jobs done", "", static result => result.Done);
            yield return Of("results late", "", static result => result.Late);
            yield return Of("machine hours", "h", static result => result.MachineHours);
            yield return Of("machines made", "", static result => result.Machines.Count);
            yield return Of("machines lost", "", static result => result.LostMachines);
            yield return Of("work lost", "h", static result => result.LostHours);
            yield return Of("requests refused", "", static result => result.Failures.Values.Sum());
            yield return Of("searches in vain", "", static result => result.EmptySearches);
            yield return Of("too little memory", "", static result => result.MemoryFailures);

            (string, string, string, double[]) Of(string metric, string unit, Func<SimulationResult, double> value) => (strategy.Name, metric, unit, [.. results.Select(value)]);
        }
    }

    /// <summary>The figures as a Markdown table: medians over the weeks of failures, the smallest and the largest in brackets.</summary>
    public string Table()
    {
        var text = new StringBuilder();
        text.Append("| | cost, $ | saved of the peak fleet | saved of the smallest fleet | of the bound's saving | results late | machines lost | work lost, h |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach ((string name, AlwaysOnFleet fleet) in new[] { ("always on, for the peak", ForPeak), ("always on, the smallest in time", ForDeadlines) })
            text.Append(CultureInfo.InvariantCulture, $"| {name} ({fleet.Machines} machines) | {fleet.Cost(Length):N0} | {Saved(fleet.Cost(Length), ForPeak):P1} | {Saved(fleet.Cost(Length), ForDeadlines):P1} | | 0 | | |\n");
        foreach ((Strategy strategy, IReadOnlyList<SimulationResult> results) in _strategies)
        {
            double cost = Median(results, static one => one.Cost);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {strategy.Name} | {cost:N0} ({results.Min(static one => one.Cost):N0}-{results.Max(static one => one.Cost):N0}) | {Saved(cost, ForPeak):P1} | {Saved(cost, ForDeadlines):P1} | {Saved(cost, ForDeadlines) / Saved(Bound, ForDeadlines):P1} | {Median(results, static one => one.Late)} ({results.Min(static one => one.Late)}-{results.Max(static one => one.Late)}) | {Median(results, static one => one.LostMachines)} | {Median(results, static one => one.LostHours):0.0} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"| clairvoyant, without spot machines: a bound | {BoundOnDemand:N0} | {Saved(BoundOnDemand, ForPeak):P1} | {Saved(BoundOnDemand, ForDeadlines):P1} | | | | |\n");
        text.Append(CultureInfo.InvariantCulture, $"| clairvoyant: a bound | {Bound:N0} | {Saved(Bound, ForPeak):P1} | {Saved(Bound, ForDeadlines):P1} | 100.0 % | | | |\n");
        return text.ToString();
    }

    private static double Median(IReadOnlyList<SimulationResult> results, Func<SimulationResult, double> value)
    {
        double[] sorted = [.. results.Select(value).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
