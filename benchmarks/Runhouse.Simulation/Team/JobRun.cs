using Runhouse.Host.Machines;
using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Team;

/// <summary>How a job fares: where it runs, what of it is saved, what was lost.</summary>
/// <param name="job">The job.</param>
internal sealed class JobRun(Job job)
{
    // To read a snapshot back, on a machine that is there.
    private static readonly TimeSpan RestoreTime = TimeSpan.FromMinutes(1);

    private readonly List<Stay> _stays = [];
    private TimeSpan _begun;

    /// <summary>The job.</summary>
    public Job Job => job;

    /// <summary>Where it has run.</summary>
    public IReadOnlyList<Stay> Stays => _stays;

    /// <summary>How much of its work is saved.</summary>
    public TimeSpan Saved { get; private set; }

    /// <summary>How long it has run, the reading of snapshots aside.</summary>
    public TimeSpan Ran { get; private set; }

    /// <summary>How much of that was in vain.</summary>
    public TimeSpan Lost { get; private set; }

    /// <summary>How much of that for lack of memory, and not with a machine.</summary>
    public TimeSpan LostToMemory { get; private set; }

    /// <summary>How often it lost its machine.</summary>
    public int Interruptions { get; private set; }

    /// <summary>Whether it has been given too little memory once: from then on it gets what its author has written.</summary>
    public bool WasTooSmall { get; private set; }

    /// <summary>How often it has begun.</summary>
    public int Attempts { get; private set; }

    /// <summary>When it first began; null while it has not.</summary>
    public TimeSpan? Begun { get; private set; }

    /// <summary>When it was done; null while it is not.</summary>
    public TimeSpan? Done { get; private set; }

    /// <summary>Where it runs; null while it does not.</summary>
    public SimulatedMachine? Machine { get; private set; }

    /// <summary>What it holds there.</summary>
    public Holding? Holding { get; private set; }

    /// <summary>Whether the result came in time.</summary>
    public bool IsInTime => Done <= job.Deadline;

    /// <summary>How long it waited until it began.</summary>
    public TimeSpan? Wait => Begun - job.Arrival;

    /// <summary>How much is left to do, with what it takes to go on from a snapshot.</summary>
    public TimeSpan Left => job.Duration - Saved + Overhead;

    private TimeSpan Overhead => Saved > TimeSpan.Zero ? RestoreTime : TimeSpan.Zero;

    /// <summary>Begins, or goes on.</summary>
    public void Begin(SimulatedMachine machine, Holding holding, TimeSpan now)
    {
        (Machine, Holding, _begun) = (machine, holding, now);
        Begun ??= now;
        Attempts++;
    }

    /// <summary>Comes to its end.</summary>
    public void Finish(TimeSpan now)
    {
        if (Done is not null)
            throw new InvalidOperationException($"Job {job.Id} is done twice.");
        _stays.Add(new Stay(Machine!, Holding!, _begun, now));
        Ran += now - _begun - Overhead;
        (Done, Machine, Holding) = (now, null, null);
    }

    /// <summary>Loses its machine: what was done since the last snapshot is lost.</summary>
    public void Interrupt(TimeSpan now)
    {
        Interruptions++;
        Stop(now, job.Snapshot);
    }

    /// <summary>Runs out of memory: what was done on this machine is lost.</summary>
    public void RunOutOfMemory(TimeSpan now)
    {
        WasTooSmall = true;
        TimeSpan before = Lost;
        Stop(now, snapshot: null);
        LostToMemory += Lost - before;
    }

    private void Stop(TimeSpan now, TimeSpan? snapshot)
    {
        _stays.Add(new Stay(Machine!, Holding!, _begun, now));
        TimeSpan ran = now - _begun - Overhead;
        if (ran < TimeSpan.Zero)
            ran = TimeSpan.Zero;
        TimeSpan saved = snapshot is { } period ? period * Math.Floor((Saved + ran) / period) : TimeSpan.Zero;
        if (saved < Saved)
            saved = Saved;
        Ran += ran;
        Lost += Saved + ran - saved;
        (Saved, Machine, Holding) = (saved, null, null);
    }
}
