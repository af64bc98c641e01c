using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Connections;

/// <summary>The sending end of a stream: pushes items under the consumer's credit, those that are ready together in one frame.</summary>
internal sealed class StreamSender : IValueTaskSource, IDueWork
{
    /// <summary>Between two looks at the size of a batch of small items.</summary>
    private const int ItemsBetweenChecks = 16;

    /// <summary>So many items of a batch are timed exactly; behind them the <see cref="BatchClock"/> does, which costs nothing.</summary>
    private const int TimedItems = 16;

    /// <summary>A producer that takes longer over one item without ever waiting is heard item by item.</summary>
    private static readonly long SlowTicks = Stopwatch.Frequency / 1000;

    private readonly FrameConnection _frames;
    private readonly ulong _callId;
    private readonly byte _index;
    private readonly OpenBatch _batch;
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _credited;
    private long _items = StreamWindow.Items;
    private long _bytes = StreamWindow.Bytes;
    private int _itemSize;
    private bool _isWaiting;
    private bool _isSlow;
    private volatile bool _isStopped;

    public StreamSender(FrameConnection frames, ulong callId, byte index)
    {
        (_frames, _callId, _index) = (frames, callId, index);
        _batch = new OpenBatch(SendLate);
    }

    /// <summary>How long the producer takes over what one credit allows.</summary>
    public Pace Pace { get; } = new() { IsProducer = true };

    /// <summary>The consumer granted more; called by the thread that reads.</summary>
    public void OnCredit(int items, int bytes)
    {
        lock (_lock)
        {
            _items += items;
            _bytes += bytes;
            if (items < 0 || bytes < 0 || _items > StreamWindow.Items || _bytes > StreamWindow.Bytes)
                throw new ProtocolViolationException($"stream {_index} of call {_callId} is granted more than its window");
        }

        if (TryWake(always: false))
            _frames.RunWhenRead(this);
    }

    /// <summary>Nobody wants more of the stream.</summary>
    public void Stop()
    {
        _isStopped = true;
        if (TryWake(always: true))
            Dispatch();
    }

    /// <inheritdoc/>
    public void Dispatch() => Handover.Queue(this);

    /// <summary>Lets the producer go on.</summary>
    public void Run() => _credited.SetResult(true);

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        long begin = Pace.Begin();
        Run();
        Pace.End(begin);
    }

    /// <summary>Sends the items until they end or nobody wants more; disposes the enumerator in any case.</summary>
    public async ValueTask SendAsync<T>(
        IAsyncEnumerable<T> items, WireWrite<T> writeItem, ObjectForm form, WireLimits limits, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((StreamSender)state!).Stop(), this);
        IAsyncEnumerator<T> enumerator = items.GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable disposal = enumerator.ConfigureAwait(false);
        bool isBlock = form == ObjectForm.Array && StreamBlocks.Holds<T>();
        _itemSize = isBlock ? Unsafe.SizeOf<T>() : 0;
        BatchClock.Add(_batch);
        try
        {
            ValueTask<bool> next = MoveTimed(enumerator);
            while (await next.ConfigureAwait(false))
            {
                if (!HasCredit(out ValueTask credit))
                    await credit.ConfigureAwait(false);
                if (_isStopped)
                    return;
                next = isBlock ? SendReadyBlock(enumerator, limits) : SendReady(enumerator, writeItem, form, limits);
            }
        }
        finally
        {
            BatchClock.Remove(_batch);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _credited.GetResult(token);
        }
        finally
        {
            lock (_lock)
                _credited.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _credited.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _credited.OnCompleted(continuation, state, token, flags);

    /// <summary>Sends the current item and those that are ready behind it; returns the move to the one after them.</summary>
    private ValueTask<bool> SendReady<T>(IAsyncEnumerator<T> enumerator, WireWrite<T> writeItem, ObjectForm form, WireLimits limits)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(limits.MaxBodyBytes);
        var output = new WireWriter(frame.Body, form, limits);
        int count = 0;
        int good = 0;
        ValueTask<bool> next = default;
        bool movesAfterwards = _isSlow;
        try
        {
            long credit = Interlocked.Read(ref _items);
            long room = Math.Min(StreamWindow.BatchBytes, Interlocked.Read(ref _bytes));
            int started = _batch.Open(frame);
            int nextCheck = 1;
            while (true)
            {
                writeItem(ref output, enumerator.Current);
                output.Flush();
                count++;
                good = frame.Body.Count;
                bool isFull = count >= credit || _isStopped;
                if (!isFull && count >= nextCheck)
                {
                    isFull = good >= room;
                    nextCheck = count + (good < count * 256L ? ItemsBetweenChecks : 1);
                }

                // Of a slow producer the item goes out before it works on the next one.
                if (movesAfterwards)
                    break;
                _batch.Leave(count);
                next = Move(enumerator, count);
                if (!_batch.Return())
                    return next;
                if (isFull || _isSlow || BatchClock.Now != started || !next.IsCompletedSuccessfully)
                    break;
                if (!next.Result)
                {
                    next = new ValueTask<bool>(false);
                    break;
                }
            }
        }
        catch (Exception error)
        {
            if (!_batch.Return())
                return ValueTask.FromException<bool>(error);
            if (count == 0)
            {
                _batch.Close();

                // Before the frame is another's: it says where in the item the error is.
                Exception explained = output.Translate(error);
                frame.Return();
                throw explained;
            }

            // How many items go together is no matter of theirs: those before it are sent without it, and alone it may not be too large.
            frame.Body.Truncate(good);
            SendNow(frame, count);
            return new ValueTask<bool>(true);
        }

        SendNow(frame, count);
        return movesAfterwards ? MoveTimed(enumerator) : next;
    }

    /// <summary>The same for numbers, which go as a block.</summary>
    private ValueTask<bool> SendReadyBlock<T>(IAsyncEnumerator<T> enumerator, WireLimits limits)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(limits.MaxBodyBytes);
        int most = (int)Math.Min(Math.Min(StreamWindow.BatchBytes, Math.Min(limits.MaxBodyBytes, Interlocked.Read(ref _bytes) + _itemSize)) / _itemSize, Interlocked.Read(ref _items));
        bool movesAfterwards = _isSlow;
        int count = 0;
        ValueTask<bool> next;
        try
        {
            if (!Fill(enumerator, frame, most, movesAfterwards, ref count, out next))
                return next;
        }
        catch (Exception error)
        {
            // Thrown at once instead of through the task: the items before it still go out, if they have not.
            if (!_batch.Return())
                return ValueTask.FromException<bool>(error);
            if (count == 0)
            {
                _batch.Close();
                frame.Return();
                throw;
            }

            next = ValueTask.FromException<bool>(error);
        }

        SendNow(frame, count);
        return movesAfterwards ? MoveTimed(enumerator) : next;
    }

    /// <summary>
    /// Writes the current item and those that are ready behind it, by itself: in a method that catches, or through the parameters, what it works with would lie in
    /// memory instead of registers.
    /// </summary>
    /// <param name="enumerator">The items.</param>
    /// <param name="frame">Where they are written; its last ones are left to be counted in.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="isAlone">Whether it is the current one alone.</param>
    /// <param name="count">Counts those that are written, also those before one that throws.</param>
    /// <param name="next">The move to the one after them.</param>
    /// <returns>False when they have been sent already.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Fill<T>(IAsyncEnumerator<T> enumerator, OutgoingFrame frame, int most, bool isAlone, ref int count, out ValueTask<bool> next)
    {
        BodyBuffer body = frame.Body;
        int size = Unsafe.SizeOf<T>();

        // Numbers that come one by one take a few bytes each, not a whole batch's.
        int first = Math.Min(most, TimedItems);
        Span<byte> room = body.GetSpan(first * size);
        int started = _batch.Open(frame);
        while (count < first)
        {
            StreamBlocks.Write(room, enumerator.Current);
            room = room[size..];
            count++;
            next = default;
            if (isAlone)
                return true;
            _batch.Leave(count);
            next = MoveTimed(enumerator);
            if (!_batch.Return())
                return false;
            if (count == most || _isSlow || BatchClock.Now != started || !next.IsCompletedSuccessfully || _isStopped)
                return true;
            if (next.Result)
                continue;
            next = new ValueTask<bool>(false);
            return true;
        }

        body.Advance((count * size) - body.Count);
        return FillRest(enumerator, body.GetSpan((most - count) * size), most, started, ref count, out next);
    }

    /// <summary>The same for those behind the ones that are timed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FillRest<T>(IAsyncEnumerator<T> enumerator, Span<byte> room, int most, int started, ref int count, out ValueTask<bool> next)
    {
        OpenBatch batch = _batch;
        int size = Unsafe.SizeOf<T>();
        int filled = count;
        while (true)
        {
            StreamBlocks.Write(room, enumerator.Current);
            room = room[size..];
            count = ++filled;
            batch.Leave(filled);
            ValueTask<bool> move = enumerator.MoveNextAsync();
            bool isOurs = batch.Return();
            if (!isOurs || filled == most || BatchClock.Now != started || !move.IsCompletedSuccessfully || _isStopped)
            {
                next = move;
                return isOurs;
            }

            if (move.GetAwaiter().GetResult())
                continue;
            next = new ValueTask<bool>(false);
            return true;
        }
    }

    /// <summary>Moves on within a batch.</summary>
    private ValueTask<bool> Move<T>(IAsyncEnumerator<T> enumerator, int count)
    {
        if (count <= TimedItems)
            return MoveTimed(enumerator);
        try
        {
            return enumerator.MoveNextAsync();
        }
        catch (Exception error)
        {
            return ValueTask.FromException<bool>(error);
        }
    }

    private ValueTask<bool> MoveTimed<T>(IAsyncEnumerator<T> enumerator)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            return enumerator.MoveNextAsync();
        }
        catch (Exception error)
        {
            // Thrown at once instead of through the task: the items before it still go out.
            return ValueTask.FromException<bool>(error);
        }
        finally
        {
            _isSlow = Stopwatch.GetTimestamp() - started > SlowTicks;
        }
    }

    private void SendNow(OutgoingFrame frame, int count)
    {
        _batch.Close();
        Send(frame, count, inline: true);
    }

    /// <summary>By the clock, in place of the producer, which is at its next item for long.</summary>
    private void SendLate(OutgoingFrame frame, int count)
    {
        try
        {
            Send(frame, count, inline: false);
        }
        catch (Exception error)
        {
            // The clock is that of all streams: what cannot be sent ends its own connection, and neither the clock nor the program.
            _frames.Abort(error);
        }
    }

    private void Send(OutgoingFrame frame, int count, bool inline)
    {
        if (_itemSize > 0)
            frame.Body.Advance((count * _itemSize) - frame.Body.Count);
        lock (_lock)
        {
            _items -= count;
            _bytes -= frame.Body.Count;
        }

        frame.Prefix[0] = _index;
        BinaryPrimitives.WriteInt32LittleEndian(frame.Prefix[1..], count);
        if (_itemSize > 0)
            frame.Prefix[StreamWindow.HeaderSize - 1] |= StreamWindow.BlockFlag;
        frame.PrefixLength = StreamWindow.HeaderSize;

        // The producer's thread has just filled the frame, and another one would have to be woken for it.
        _frames.Writer.Enqueue(frame.As(FrameKind.Item, _callId), inline);
    }

    private bool HasCredit(out ValueTask wait)
    {
        lock (_lock)
        {
            wait = default;
            if (_isStopped || (_items > 0 && _bytes > 0))
                return true;
            _isWaiting = true;
            wait = new ValueTask(this, _credited.Version);
            return false;
        }
    }

    /// <summary>Whether the producer waits and may go on; it does no longer wait then.</summary>
    private bool TryWake(bool always)
    {
        lock (_lock)
        {
            if (!_isWaiting || (!always && (_items <= 0 || _bytes <= 0)))
                return false;
            _isWaiting = false;
            return true;
        }
    }
}
