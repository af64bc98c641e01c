using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Team;

namespace Runhouse.Simulation;

/// <summary>What came of a week.</summary>
/// <param name="Strategy">Which levers were pulled.</param>
/// <param name="Runs">The jobs.</param>
/// <param name="Machines">All machines that there were.</param>
/// <param name="Failures">How many requests for machines failed, by class.</param>
/// <param name="LostMachines">How many machines were taken back or died.</param>
/// <param name="MemoryFailures">How many jobs got too little memory and ran again.</param>
/// <param name="EmptySearches">How many searches for a machine found none and were repeated.</param>
internal sealed record SimulationResult(
    Strategy Strategy, IReadOnlyList<JobRun> Runs, IReadOnlyList<SimulatedMachine> Machines, IReadOnlyDictionary<ProvisioningFailure, int> Failures, int LostMachines, int MemoryFailures, int EmptySearches)
{
    /// <summary>What it cost, in dollars.</summary>
    public double Cost => (double)Machines.Sum(static machine => machine.Cost);

    /// <summary>How many hours of machines were paid for.</summary>
    public double MachineHours => Machines.Sum(static machine => machine.Lifetime.TotalHours);

    /// <summary>How many jobs are done.</summary>
    public int Done => Runs.Count(static run => run.Done is not null);

    /// <summary>How many results came late.</summary>
    public int Late => Runs.Count(static run => !run.IsInTime);

    /// <summary>How many hours of work were lost with machines.</summary>
    public double LostHours => Runs.Sum(static run => (run.Lost - run.LostToMemory).TotalHours);

    /// <summary>How many hours of work were lost for lack of memory.</summary>
    public double LostToMemoryHours => Runs.Sum(static run => run.LostToMemory.TotalHours);

    /// <summary>How long those waited whom somebody waits for, in minutes: of a hundred the one whom only five waited longer than.</summary>
    public double LongWaitMinutes
    {
        get
        {
            double[] waits = [.. Runs.Where(static run => !run.Job.CanBeInterrupted).Select(static run => run.Wait!.Value.TotalMinutes).Order()];
            return waits[waits.Length * 95 / 100];
        }
    }
}
