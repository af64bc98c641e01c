using Runhouse.Simulation;
using Runhouse.Simulation.Trace;

namespace Runhouse.Benchmarks.Simulate;

/// <summary>What a week of a team's work costs, simulated: docs/cost.md says how. A round is a week with other failures.</summary>
internal static class SimulateRun
{
    /// <summary>Runs the benchmark.</summary>
    public static Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        CostComparison comparison = options.Quick ? CostComparison.OfDay(options.Rounds ?? 1) : CostComparison.OfWeek(options.Rounds ?? CostComparison.Weathers);
        Console.WriteLine(CostPage.Table(comparison));
        return Task.FromResult<IReadOnlyList<Row>>([.. CostFigure.Of(comparison).Select(static one => Row.Of("simulate", one.Strategy, PeerReport.Own, one.Metric, one.Unit, one.Values))]);
    }

    /// <summary>Writes the trace anew; the same one, unless its generator has changed.</summary>
    /// <param name="file">Where to.</param>
    public static async Task<int> WriteTraceAsync(string file)
    {
        await File.WriteAllTextAsync(file, TraceFile.Write(new TraceGenerator(TraceGenerator.WeekSeed).Generate()));
        return 0;
    }
}
