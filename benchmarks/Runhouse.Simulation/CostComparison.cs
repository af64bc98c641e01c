using Runhouse.Simulation.Bounds;
using Runhouse.Simulation.Team;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation;

/// <summary>All strategies on one trace, beside the fleets that are always on and the bound below which nobody gets.</summary>
internal sealed class CostComparison
{
    /// <summary>How many weeks of failures the figures are of.</summary>
    public const int Weathers = 5;

    private CostComparison(IReadOnlyList<Job> jobs, TimeSpan length, int weathers)
    {
        MachineCatalogue catalogue = MachineCatalogue.LoadEmbedded();
        (Jobs, Length) = (jobs, length);
        ForPeak = AlwaysOn.ForPeak(jobs, catalogue);
        Smallest = AlwaysOn.ForDeadlines(jobs, catalogue);
        SmallestByUse = AlwaysOn.ForDeadlines([.. jobs.Select(static job => job with { Asked = job.Used })], catalogue);
        Bound = Clairvoyant.Bound(jobs, catalogue, spot: true);
        BoundOnDemand = Clairvoyant.Bound(jobs, catalogue, spot: false);
        Strategies = [.. Strategy.Every.Select(strategy => new StrategyResults(strategy, [.. Enumerable.Range(1, weathers).Select(seed => WeekSimulation.Run(jobs, length, strategy, seed))]))];
    }

    /// <summary>The trace.</summary>
    public IReadOnlyList<Job> Jobs { get; }

    /// <summary>How long it is.</summary>
    public TimeSpan Length { get; }

    /// <summary>The fleet for the peak.</summary>
    public AlwaysOnFleet ForPeak { get; }

    /// <summary>The smallest fleet that is in time.</summary>
    public AlwaysOnFleet Smallest { get; }

    /// <summary>The smallest fleet that is in time, if every author asked for what his job uses, and not for more.</summary>
    public AlwaysOnFleet SmallestByUse { get; }

    /// <summary>What it costs at least, in dollars.</summary>
    public double Bound { get; }

    /// <summary>What it costs at least without spot machines.</summary>
    public double BoundOnDemand { get; }

    /// <summary>The results by strategy.</summary>
    public IReadOnlyList<StrategyResults> Strategies { get; }

    /// <summary>The week.</summary>
    /// <param name="weathers">With how many weeks of failures.</param>
    public static CostComparison OfWeek(int weathers) => new(TraceFile.ReadWeek(), TimeSpan.FromDays(7), weathers);

    /// <summary>Its first day.</summary>
    /// <param name="weathers">With how many weeks of failures.</param>
    public static CostComparison OfDay(int weathers) => new([.. TraceFile.ReadWeek().Where(static job => job.Arrival < TimeSpan.FromDays(1))], TimeSpan.FromDays(1), weathers);

    /// <summary>What a cost saves of a fleet that is always on: a part of 1.</summary>
    /// <param name="cost">The cost.</param>
    /// <param name="fleet">The fleet.</param>
    public double Saved(double cost, AlwaysOnFleet fleet) => 1 - (cost / fleet.Cost(Length));

    /// <summary>How much of the saving that the bound allows a cost reaches, of the smallest fleet: a part of 1.</summary>
    /// <param name="cost">The cost.</param>
    public double OfBound(double cost) => Saved(cost, Smallest) / Saved(Bound, Smallest);
}
