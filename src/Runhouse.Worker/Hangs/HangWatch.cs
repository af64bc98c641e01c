using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Hangs;

/// <summary>
/// Looks after calls for which nobody waits any more and whose deadline is over. One that keeps its thread for longer than the grace period ignores its
/// cancellation and will never give the thread back. One that waits, holding no thread, harms nobody and is only noted in the log. The watch has a thread of
/// its own, which the thread pool's state does not touch; it sleeps while there is nothing to look after.
/// </summary>
/// <param name="grace">How long a call may go on behind its deadline.</param>
/// <param name="log">Writes a line into the worker's log.</param>
/// <param name="onHung">Is told of the first call that hangs.</param>
/// <param name="time">The clock of the deadlines.</param>
internal sealed class HangWatch(TimeSpan grace, Action<string> log, Action<HungCall> onHung, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly object _signal = new();
    private readonly List<Abandoned> _calls = [];
    private Thread? _thread;

    /// <summary>Looks after a call from now on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">Its id for messages.</param>
    /// <param name="member">What it calls, for messages.</param>
    /// <param name="deadlineAt">When its time was over, as a timestamp.</param>
    public void Add(RunningCall call, string name, string member, long deadlineAt)
    {
        lock (_signal)
        {
            _calls.Add(new Abandoned(call, call.Generation, name, member, deadlineAt));
            if (_thread is null)
            {
                _thread = new Thread(Watch) { IsBackground = true, Name = "Runhouse hangs" };
                _thread.UnsafeStart();
            }

            Monitor.Pulse(_signal);
        }
    }

    private void Watch()
    {
        while (true)
        {
            lock (_signal)
            {
                while (_calls.Count == 0)
                    Monitor.Wait(_signal);
                Monitor.Wait(_signal, Tick);
            }

            if (Look() is not { } hung)
                continue;

            // The process ends.
            onHung(hung);
            return;
        }
    }

    private HungCall? Look()
    {
        lock (_signal)
        {
            _calls.RemoveAll(static one => one.HasEnded);
            for (int i = _calls.Count - 1; i >= 0; i--)
            {
                Abandoned call = _calls[i];
                TimeSpan late = time.GetElapsedTime(call.DeadlineAt);
                if (late < grace)
                    continue;
                if (call.KeepsThread)
                    return new HungCall(call.Name, call.Member, late);
                _calls.RemoveAt(i);
                log($"Call {call.Name} of '{call.Member}' has not ended {late.TotalSeconds:0} s after its deadline. It holds no thread while it waits, and is left alone; let it take a CancellationToken and pass it on.");
            }

            return null;
        }
    }

    private sealed record Abandoned(RunningCall Call, int Generation, string Name, string Member, long DeadlineAt)
    {
        public bool HasEnded => Call.Generation != Generation;

        public bool KeepsThread => Call.KeepsThread && !HasEnded;
    }
}
