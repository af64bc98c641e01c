using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Hangs;

/// <summary>
/// Looks after calls for which nobody waits any more. One that goes on for longer than the grace period counts no longer as a call in flight, so that it keeps neither its
/// worker nor the host. One that keeps a thread for that long behind its deadline ignores its cancellation and will never give the thread back: it hangs. Others harm nobody
/// and are only noted in the log. The watch has a thread of its own, which the thread pool's state does not touch; it sleeps while there is nothing to look after.
/// </summary>
/// <param name="grace">How long a call may go on when nobody waits for it, and behind its deadline.</param>
/// <param name="log">Writes a line into the worker's log.</param>
/// <param name="onDiscounted">Is told of each call that counts no longer.</param>
/// <param name="onHung">Is told of the first call that hangs.</param>
/// <param name="lateCalls">Tells which of the calls that have begun to wait keep a thread all the same.</param>
/// <param name="time">The clock of the deadlines.</param>
internal sealed class HangWatch(TimeSpan grace, Action<string> log, Action onDiscounted, Action<HungCall> onHung, LateCalls lateCalls, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly object _signal = new();
    private readonly List<Abandoned> _calls = [];
    private Thread? _thread;

    /// <summary>Looks after a call from now on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="name">Its id for messages.</param>
    /// <param name="member">What it calls, for messages.</param>
    /// <param name="deadlineAt">When its time is over, as a timestamp; 0 for never.</param>
    public void Add(RunningCall call, string name, string member, long deadlineAt)
    {
        lock (_signal)
        {
            _calls.Add(new Abandoned(call, call.Generation, name, member, time.GetTimestamp(), deadlineAt));
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

            if ((Look() ?? LookBehindAwaits()) is not { } hung)
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
                TimeSpan late = call.DeadlineAt == 0 ? TimeSpan.Zero : time.GetElapsedTime(call.DeadlineAt);
                if (late >= grace && call.KeepsThread)
                    return new HungCall(call.Name, call.Member, late);
                TimeSpan alone = time.GetElapsedTime(call.AbandonedAt);
                if (alone >= grace)
                    Discount(call, alone);

                // One with a deadline may yet hang.
                if (call.IsDiscounted && call.DeadlineAt == 0)
                    _calls.RemoveAt(i);
            }

            return null;
        }
    }

    private HungCall? LookBehindAwaits()
    {
        Abandoned[] late;
        lock (_signal)
            late = [.. _calls.Where(call => call.DeadlineAt != 0 && !call.HasEnded && time.GetElapsedTime(call.DeadlineAt) >= grace)];
        if (late.Length == 0 || lateCalls.FindHung([.. late.Select(static call => (call.Name, call.Member))]) is not { } member)
            return null;

        // Any of them may be the one, or they have all ended just now.
        return late.FirstOrDefault(call => call.Member == member && !call.HasEnded) is { } call ? new HungCall(call.Name, member, time.GetElapsedTime(call.DeadlineAt)) : null;
    }

    private void Discount(Abandoned call, TimeSpan alone)
    {
        if (call.IsDiscounted || !call.Call.TryDiscount(call.Generation))
            return;
        call.IsDiscounted = true;
        onDiscounted();
        log($"Call {call.Name} of '{call.Member}' has not ended {alone.TotalSeconds:0} s after nobody waited for it any more. It keeps this worker no longer, which may end with it; let it take a CancellationToken and pass it on.");
    }

    private sealed record Abandoned(RunningCall Call, int Generation, string Name, string Member, long AbandonedAt, long DeadlineAt)
    {
        public bool HasEnded => Call.Generation != Generation;

        public bool KeepsThread => Call.KeepsThread && !HasEnded;

        public bool IsDiscounted { get; set; }
    }
}
