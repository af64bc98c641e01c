using Runhouse.Simulation.Team;

namespace Runhouse.Simulation;

/// <summary>What came of one strategy, in each week of failures.</summary>
/// <param name="Strategy">The strategy.</param>
/// <param name="Results">The results.</param>
internal sealed record StrategyResults(Strategy Strategy, IReadOnlyList<SimulationResult> Results)
{
    /// <summary>The median of a figure over the weeks of failures.</summary>
    /// <param name="figure">The figure.</param>
    public double Median(Func<SimulationResult, double> figure)
    {
        double[] sorted = [.. Results.Select(figure).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
