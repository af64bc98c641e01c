using Runhouse.Host.Machines;
using Runhouse.Simulation.Cloud;
using Runhouse.Simulation.Time;

namespace Runhouse.Simulation.Team;

/// <summary>A machine that serves: the jobs on it, and its end by its host's own decision when it has had none for long enough.</summary>
internal sealed class ServingMachine
{
    // How often a host looks whether it is idle.
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    // From the end of a lease to the end of the bill: the watch on the machine looks every 2 s, and the machine shuts down.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(15);

    private readonly VirtualTime _time;
    private readonly TimeSpan? _idleTimeout;
    private readonly ITimer _sweep;
    private readonly Action<ServingMachine> _ended;
    private readonly List<JobRun> _runs = [];
    private bool _isOver;

    /// <summary>Begins to serve.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="series">For whom it was made.</param>
    /// <param name="time">The clock.</param>
    /// <param name="idleTimeout">How long it may be idle; null for ever.</param>
    /// <param name="ended">Is told when it takes no more jobs.</param>
    public ServingMachine(SimulatedMachine machine, string series, VirtualTime time, TimeSpan? idleTimeout, Action<ServingMachine> ended)
    {
        (Machine, Series, _time, _idleTimeout, _ended) = (machine, series, time, idleTimeout, ended);
        _sweep = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        machine.Lost = End;
        Watch();
    }

    /// <summary>The machine.</summary>
    public SimulatedMachine Machine { get; }

    /// <summary>The series that it was made for.</summary>
    public string Series { get; }

    /// <summary>The jobs on it.</summary>
    public IReadOnlyList<JobRun> Runs => _runs;

    /// <summary>Begins a job, if there is room and the host still lets somebody in.</summary>
    /// <param name="run">The job.</param>
    /// <param name="needs">What it needs.</param>
    public bool TryBegin(JobRun run, Resources needs)
    {
        if (Machine.TryTake(needs) is not { } holding)
            return false;
        if (!Machine.Idle.TryBeginRequest())
        {
            Machine.Return(holding);
            return false;
        }

        _runs.Add(run);
        _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        run.Begin(Machine, holding, _time.Now);
        return true;
    }

    /// <summary>Ends a job.</summary>
    /// <param name="run">The job.</param>
    /// <param name="holding">What it held.</param>
    public void Leave(JobRun run, Holding holding)
    {
        _runs.Remove(run);
        Machine.Return(holding);
        Machine.Idle.EndRequest();
        Watch();
    }

    // A host looks all the time; while it has work it finds that it has.
    private void Watch()
    {
        if (_runs.Count == 0 && _idleTimeout is not null && !_isOver)
            _sweep.Change(SweepPeriod, SweepPeriod);
    }

    private void Sweep()
    {
        if (!Machine.Idle.TryEnd(_runs.Count > 0, _idleTimeout))
            return;
        End();
        Machine.Lost = null;
        _time.At(_time.Now + ShutdownTime, () =>
        {
            if (Machine.Until is null)
                Machine.End(_time.Now);
        });
    }

    private void End()
    {
        _isOver = true;
        _sweep.Dispose();
        _ended(this);
    }
}
