using Runhouse.Simulation.Bounds;

namespace Runhouse.Simulation;

/// <summary>A figure of one strategy, with a value for each week of failures.</summary>
/// <param name="Strategy">The strategy, the fleet or the bound.</param>
/// <param name="Metric">What it is.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Values">The values.</param>
internal sealed record CostFigure(string Strategy, string Metric, string Unit, IReadOnlyList<double> Values)
{
    /// <summary>All figures of a comparison.</summary>
    /// <param name="comparison">The comparison.</param>
    public static IEnumerable<CostFigure> Of(CostComparison comparison) =>
    [
        .. OfFleet("always on, for the peak", comparison.ForPeak, comparison.Length),
        .. OfFleet("always on, the smallest", comparison.Smallest, comparison.Length),
        .. OfFleet("always on, the smallest by use", comparison.SmallestByUse, comparison.Length),
        new("bound", "cost", "dollars", [comparison.Bound]),
        new("bound without spot", "cost", "dollars", [comparison.BoundOnDemand]),
        .. comparison.Strategies.SelectMany(one => OfStrategy(comparison, one)),
    ];

    private static CostFigure[] OfFleet(string name, AlwaysOnFleet fleet, TimeSpan length) => [new(name, "cost", "dollars", [fleet.Cost(length)]), new(name, "machines", "", [fleet.Machines])];

    private static CostFigure[] OfStrategy(CostComparison comparison, StrategyResults one)
    {
        return
        [
            Of("cost", "dollars", static result => result.Cost),
            Of("saved of the peak", "%", result => 100 * comparison.Saved(result.Cost, comparison.ForPeak)),
            Of("saved of the smallest", "%", result => 100 * comparison.Saved(result.Cost, comparison.Smallest)),
            Of("of the bound's saving", "%", result => 100 * comparison.OfBound(result.Cost)),
            Of("jobs done", "", static result => result.Done),
            Of("results late", "", static result => result.Late),
            Of("wait of callers, p95", "min", static result => result.LongWaitMinutes),
            Of("machine hours", "h", static result => result.MachineHours),
            Of("machines made", "", static result => result.Machines.Count),
            Of("machines lost", "", static result => result.LostMachines),
            Of("work lost with machines", "h", static result => result.LostHours),
            Of("work lost for memory", "h", static result => result.LostToMemoryHours),
            Of("too little memory", "", static result => result.MemoryFailures),
            .. Enum.GetValues<ProvisioningFailure>().Where(failure => one.Results.Any(result => result.Failures.ContainsKey(failure)))
                .Select(failure => Of($"refused: {failure}", "", result => result.Failures.GetValueOrDefault(failure))),
            Of("searches in vain", "", static result => result.EmptySearches),
        ];

        CostFigure Of(string metric, string unit, Func<SimulationResult, double> value) => new(one.Strategy.Name, metric, unit, [.. one.Results.Select(value)]);
    }
}
