using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.ExceptionServices;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// Reads, parses all that has come, then runs what it brought, as far as that is short, on this same thread: each hand-over would cost a
/// context switch, which is most of a small call. Work that blocks all the same does not stop the reading: a <see cref="StallWatch"/>
/// notices within milliseconds and takes the loop over to another thread, and the blocked one leaves when its work ends.
/// </summary>
/// <param name="input">The session's input.</param>
/// <param name="writer">Where the work's output goes: held back until the work of one read is done, then flushed once.</param>
/// <param name="parse">Parses as many frames as there are; adds work by <see cref="Add"/>.</param>
/// <param name="inFlight">How many calls are in flight on the connection.</param>
/// <param name="ended">Told once, with the failure or null: on the loop's thread, and nothing of the loop runs afterwards.</param>
internal sealed class ReadLoop(ResumableReader input, FrameWriter writer, FrameParser parse, Func<int> inFlight, Action<Exception?> ended) : IThreadPoolWorkItem
{
    /// <summary>With fewer, each gets more than its share of the cost of sending.</summary>
    private const int FewestPerFlush = 8;

    /// <summary>Enough of them for the cost of sending to be lost in theirs.</summary>
    private const int EnoughPerFlush = 32;
    private const int MostPerFlush = 128;

    private List<Due> _due = [];

    // Grows by two with each piece of work, odd while work runs. The thread that steps it on owns the loop: its own, or the watch's, which
    // steps it while the loop's thread is stuck, and which that thread finds out at its next step.
    private long _progress;
    private long _begin;
    private Pace? _running;
    private bool _holds;
    private volatile bool _isStopped;

    /// <summary>Even while no work runs; odd and the same twice in a row when the loop's thread is stuck in its work.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <summary>Starts to read, on another thread: not in the flow of whoever connects, whose ambient values do not belong to the connection.</summary>
    public void Start()
    {
        StallWatch.Add(this);
        Handover.Queue(this);
    }

    /// <summary>Ends the loop where it is, without a failure.</summary>
    public void Stop()
    {
        _isStopped = true;
        input.CancelPendingRead();
    }

    /// <summary>Adds work; called while frames are parsed.</summary>
    /// <param name="work">The work.</param>
    public void Add(IDueWork work) => _due.Add(new Due(work, work.Pace));

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Called by the watch when the work has stood still: takes what is left of it to other threads, and reads on.</summary>
    /// <param name="seen">Where it stood.</param>
    public void TakeOver(long seen)
    {
        if (Interlocked.CompareExchange(ref _progress, seen + 1, seen) != seen)
            return;
        List<Due> rest = _due;
        _due = [];
        int next = (int)(seen - _begin) / 2;
        if (next > 0)
            _running?.Block();
        for (int i = next; i < rest.Count; i++)
            rest[i].Work.Dispatch();
        if (_holds)
        {
            _holds = false;
            writer.Release(inline: false);
        }

        Handover.Queue(this);
    }

    private async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            bool isConnected = input.IsConnected || await input.NextAsync().ConfigureAwait(false);
            while (isConnected && !_isStopped)
            {
                if (input.Blocks && !ReaderThread.IsCurrent)
                {
                    ReaderThread.Start(this);
                    return;
                }

                (ReadResult read, Exception? failed) = (default, null);
                try
                {
                    read = await input.ReadAsync().ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    failed = error;
                }

                if (!input.TryTake(read, failed))
                {
                    isConnected = await input.NextAsync().ConfigureAwait(false);
                    continue;
                }

                ReadOnlySequence<byte> buffer = read.Buffer;
                _holds = writer.TryHold();
                try
                {
                    parse(ref buffer);
                }
                finally
                {
                    input.AdvanceTo(buffer);
                }

                if (!RunDue())
                    return;
                ReleaseWriter();
            }
        }
        catch (Exception error)
        {
            failure = error;

            // What came before the failure counts.
            foreach (Due due in _due)
                due.Work.Dispatch();
            _due.Clear();
            ReleaseWriter();
        }

        StallWatch.Remove(this);
        ended(failure);
    }

    /// <summary>Runs the work of one read; false when the loop was taken over meanwhile and is another thread's.</summary>
    private bool RunDue()
    {
        List<Due> due = _due;
        if (due.Count == 0)
            return true;

        // Longer work first, to other threads: it runs while this thread does the short work.
        int kept = 0;
        bool alone = due.Count == 1;
        for (int i = 0; i < due.Count; i++)
        {
            if (RunsInPlace(due[i].Pace, alone))
                due[kept++] = due[i];
            else
                due[i].Work.Dispatch();
        }

        due.RemoveRange(kept, due.Count - kept);
        if (kept == 0)
            return true;
        ExecutionContext clean = ExecutionContext.Capture()!;

        // Before the watch may come: from then on work is another thread's, done and something else, unless this one steps on to it. A producer runs alone.
        bool isProducer = due[0].Pace.IsProducer;
        long at = _progress + 1;
        _begin = at;
        Interlocked.Exchange(ref _progress, at);
        StallWatch.Wake();
        int perFlush = PerFlush(kept);
        int unflushed = perFlush;
        int unmeasured = 0;
        long since = Pace.Begin();
        for (int i = 0; i < kept; i++)
        {
            (IDueWork work, Pace pace) = due[i];
            bool isLast = i + 1 == kept;
            Pace? next = isLast ? null : due[i + 1].Pace;
            if (isProducer && !Flush(ref at, holdsOn: false))
                return false;
            if (!Step(ref at, 2))
                return false;
            _running = pace;
            Execute(work, clean);
            unmeasured++;
            unflushed--;
            if (unflushed == 0 || unmeasured == Pace.MostMeasuredTogether || !ReferenceEquals(next, pace))
            {
                long now = Pace.Begin();
                pace.Add(now - since, unmeasured);
                (since, unmeasured) = (now, 0);
            }

            if (unflushed > 0 || isLast)
                continue;
            if (!Flush(ref at, holdsOn: true))
                return false;
            unflushed = perFlush;
            since = Pace.Begin();
        }

        if (!Step(ref at, 1))
            return false;
        due.Clear();
        return true;
    }

    /// <summary>
    /// After how much of the work its output is sent, so that the far side begins with it while this one does the rest: held back to the
    /// end, the two would work in turns.
    /// </summary>
    private int PerFlush(int due)
    {
        int calls = due + inFlight();
        return Math.Max(Math.Clamp(calls / 2, FewestPerFlush, EnoughPerFlush), Math.Min(calls / 4, MostPerFlush));
    }

    /// <summary>Sends what the work so far has written. Not while work counts as running: the writer must not be the watch's to release.</summary>
    /// <param name="at">The loop's progress.</param>
    /// <param name="holdsOn">Whether what comes is kept back again.</param>
    private bool Flush(ref long at, bool holdsOn)
    {
        if (!_holds)
            return true;
        if (!Step(ref at, 1))
            return false;
        _begin += 2;
        writer.Release(inline: true);
        _holds = holdsOn && writer.TryHold();
        return Step(ref at, 1);
    }

    /// <summary>
    /// Whether work runs on this thread. A producer does where it is all that the connection has to do: the credit for its next items has most
    /// often come by the time it has used up the last one, and finds this thread, while another one would have to be woken each time.
    /// </summary>
    private bool RunsInPlace(Pace pace, bool alone)
        => pace.IsProducer ? IsLone(alone) && !pace.HasBlocked : pace.IsShort(alone) || (pace.IsQuickConsumer && IsLone(alone));

    private bool IsLone(bool alone) => alone && inFlight() <= 1;

    private bool Step(ref long at, int by)
    {
        long before = at;
        at += by;
        return Interlocked.CompareExchange(ref _progress, at, before) == before;
    }

    private static void Execute(IDueWork work, ExecutionContext clean)
    {
        try
        {
            work.Run();
        }
        catch (Exception error)
        {
            // Work looks after its own failures; what escapes is a continuation's, and ends the process as it would on any thread.
            ThreadPool.UnsafeQueueUserWorkItem(static error => ExceptionDispatchInfo.Throw(error), error, preferLocal: false);
        }

        // What one call left on the thread must not be seen by the next.
        ExecutionContext.Restore(clean);
        if (SynchronizationContext.Current is not null)
            SynchronizationContext.SetSynchronizationContext(null);
    }

    private void ReleaseWriter()
    {
        if (!_holds)
            return;
        _holds = false;
        writer.Release(inline: true);
    }

    /// <summary>Work and its pace: once it runs elsewhere, work may be another's and no longer be asked.</summary>
    private readonly record struct Due(IDueWork Work, Pace Pace);
}
