using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Team;
using Runhouse.Simulation.Time;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation;

/// <summary>Runs a trace with one strategy through one week's failures.</summary>
internal static class WeekSimulation
{
    /// <summary>Runs it.</summary>
    /// <param name="jobs">The trace.</param>
    /// <param name="length">How long the trace is: machines that do not end by themselves end then, or with the last job.</param>
    /// <param name="strategy">Which levers are pulled.</param>
    /// <param name="seed">Which failures there are.</param>
    public static SimulationResult Run(IReadOnlyList<Job> jobs, TimeSpan length, Strategy strategy, int seed)
    {
        var time = new VirtualTime();
        var cloud = new SimulatedCloud(time, new Weather(seed));
        var fleet = new Fleet(time, cloud, MachineCatalogue.LoadEmbedded(), strategy, new Random(seed));
        foreach (Job job in jobs)
            time.At(job.Arrival, () => fleet.Submit(job));
        time.At(length, static () => { });
        time.Run(() => fleet.Done == jobs.Count && time.Now >= length && (strategy.IdleTimeout is null || cloud.Machines.All(static machine => machine.Until is not null)));
        foreach (Task search in fleet.Searches)
            search.GetAwaiter().GetResult();

        foreach (SimulatedMachine machine in cloud.Machines.Where(static machine => machine.Until is null))
            machine.End(time.Now);
        return new SimulationResult(strategy, fleet.Runs, cloud.Machines, cloud.Failures, cloud.LostMachines, fleet.MemoryFailures, fleet.EmptySearches);
    }
}
