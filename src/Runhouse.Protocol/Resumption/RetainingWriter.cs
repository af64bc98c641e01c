using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// A session's output: what has been written is kept until the far side acknowledges it, so that the next carrier can go on where the last
/// one broke off. One thread at a time writes, flushes and trims; acknowledgements come from any.
/// </summary>
/// <param name="transport">The session's transport.</param>
/// <param name="maxUnacknowledgedBytes">How much may be kept.</param>
internal sealed class RetainingWriter(ResumableTransport transport, long maxUnacknowledgedBytes)
{
    /// <summary>Idle connections are many: they begin small.</summary>
    private const int FirstBytes = 4 * 1024;
    private const int MaxBytes = 256 * 1024;
    private const int Growth = 4;

    /// <summary>Less is kept without a look at what the far side says by memory.</summary>
    private const int LeastKeptBytes = 16 * 1024;

    private RetainedSegment? _head;
    private RetainedSegment? _tail;

    // What room the segment in front of an adopted one had left: it goes on with it, so that small frames between large ones cost no memory.
    private RetainedSegment? _rest;
    private int _nextBytes = FirstBytes;
    private long _written;
    private long _acknowledged;

    // The last that a frame has said; memory may say more.
    private long _told;
    private volatile bool _isToldByMemory;

    // From here on an acknowledgement is worth being woken for: it lets go of much.
    private long _surplusAt = long.MaxValue;
    private volatile bool _isFarIdle;

    /// <summary>How much has been written.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>How much the far side is known to have.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How much the far side is not known to have.</summary>
    public long Kept => Written - Acknowledged;

    /// <summary>Whether so much is kept that nothing but control frames should be added.</summary>
    public bool IsFull => Kept > maxUnacknowledgedBytes;

    /// <summary>Whether what is sent is one call's, behind which nothing has to wait: then the socket may hold more of it.</summary>
    public bool IsOneCalls { get; set; }

    /// <summary>Whether a flush would send something.</summary>
    public bool HasUnsent => transport.Carrier is { IsDead: false } carrier && carrier.SentTo < Written;

    /// <summary>Whether much is kept that need not be.</summary>
    public bool HasSurplus => _isFarIdle || Acknowledged >= Volatile.Read(ref _surplusAt);

    /// <summary>Room for what comes next.</summary>
    /// <param name="size">How much at least.</param>
    public Span<byte> GetSpan(int size)
    {
        AppendRest();
        if (_tail is { } tail && tail.Room is var room && room.Length >= size)
            return room;
        var segment = new RetainedSegment(_written, Math.Max(size, _nextBytes));
        _nextBytes = Math.Min(_nextBytes * Growth, MaxBytes);
        Append(segment);
        return segment.Room;
    }

    /// <summary>Goes on with memory in which the next piece of the output stands already.</summary>
    /// <param name="written">The piece, in memory of the shared pool, which it goes back to when the far side has it.</param>
    public void Adopt(ArraySegment<byte> written)
    {
        if (_rest is null && _tail is { Room.Length: > 0 } tail)
            _rest = tail.Split();
        Append(new RetainedSegment(_written, written));
        Volatile.Write(ref _written, _written + written.Count);
    }

    /// <summary>Counts what has been written to the span.</summary>
    /// <param name="count">How much.</param>
    public void Advance(int count)
    {
        _tail!.Advance(count);
        Volatile.Write(ref _written, _written + count);
    }

    /// <summary>Sends what the carrier has not had. Without a carrier it is kept for the next one. False when the session has ended.</summary>
    public ValueTask<bool> FlushAsync()
    {
        Carrier? carrier = transport.Carrier;
        return carrier is not null && carrier.TryBeginSend() ? SendAsync(carrier) : new ValueTask<bool>(!transport.HasEnded);
    }

    /// <summary>Stops a flush that is under way, and its carrier with it.</summary>
    public void CancelPendingFlush() => transport.Carrier?.Output.CancelPendingFlush();

    /// <summary>Takes the far side's word for what it has; false when it cannot be.</summary>
    /// <param name="received">How much it has in all.</param>
    public bool Acknowledge(long received)
    {
        if (received < 0 || received > Written)
            return false;

        // One that was on its way when the connection was lost comes behind the count of the handshake, which is newer.
        RaiseAcknowledged(received);

        // While it has more to take, it does not acknowledge so little.
        long more = received - _told;
        if (more > 0 && more < (_isToldByMemory ? ResumableReader.SharedAcknowledgeBytes : ResumableReader.AcknowledgeBytes))
            _isFarIdle = true;
        _told = Math.Max(_told, received);
        return true;
    }

    /// <summary>Lets go of what has been acknowledged.</summary>
    public void Trim()
    {
        bool isFarIdle = _isFarIdle;
        if (isFarIdle)
            _isFarIdle = false;

        // Not what the connection has not had, whatever the far side says.
        Carrier? carrier = transport.Carrier;
        long acknowledged = Math.Min(Acknowledged, carrier?.SentTo ?? long.MaxValue);
        while (_head is { } head && head.End <= acknowledged && (head != _tail || head.Room.IsEmpty))
        {
            // Whoever still knows this one must not hold all that comes behind it.
            if (carrier?.Cursor == head)
                carrier.Cursor = null;
            _head = head.Next;
            head.Next = null;
            head.Return();
        }

        // The last one went: what comes next is not linked to it.
        if (_head is null)
            _tail = null;

        if (isFarIdle && _written - acknowledged <= FirstBytes)
            BeginSmall(acknowledged);

        // The one that is being written to stays until it is full.
        bool hasLast = _head is null || (_head == _tail && !_head.Room.IsEmpty);
        Volatile.Write(ref _surplusAt, hasLast ? long.MaxValue : Math.Max(_head!.Start + MaxBytes, _head.End));
    }

    /// <summary>Lets go of everything.</summary>
    public void Complete()
    {
        AppendRest();
        for (RetainedSegment? segment = _head; segment is not null; segment = segment.Next)
            segment.Return();
        (_head, _tail) = (null, null);
    }

    /// <summary>Lets go of the large segments of a connection on which nothing moves; what little the far side does not have yet goes to a small one.</summary>
    private void BeginSmall(long acknowledged)
    {
        _nextBytes = FirstBytes;
        if (_rest is null && (_head is null || (_head == _tail && _head.Capacity <= FirstBytes)))
            return;
        AppendRest();
        var small = new RetainedSegment(acknowledged, FirstBytes);
        for (RetainedSegment? segment = _head; segment is not null; segment = segment.Next)
        {
            ReadOnlySpan<byte> rest = segment.From(Math.Clamp(acknowledged, segment.Start, segment.End)).Span;
            rest.CopyTo(small.Room);
            small.Advance(rest.Length);
            segment.Return();
        }

        (_head, _tail) = (small, small);
        if (transport.Carrier is { } carrier)
            carrier.Cursor = null;
    }

    private void Append(RetainedSegment segment)
    {
        if (_tail is null)
            _head = segment;
        else
            _tail.Next = segment;
        _tail = segment;
    }

    private void AppendRest()
    {
        if (_rest is not { } rest)
            return;
        _rest = null;
        rest.BeginAt(_written);
        Append(rest);
    }

    /// <summary>Sends as long as the connection takes it at once, which is most often all.</summary>
    private ValueTask<bool> SendAsync(Carrier carrier)
    {
        try
        {
            if (carrier.Output is BlockingSocketWriter socket)
                socket.HoldsMore = IsOneCalls;
            while (carrier.SentTo < _written)
            {
                ReadOnlyMemory<byte> unsent = Unsent(carrier);
                ValueTask<FlushResult> sending = carrier.Output.WriteAsync(unsent);
                if (!sending.IsCompletedSuccessfully)
                    return SendRestAsync(carrier, sending, unsent.Length);
                if (!Count(carrier, sending.Result, unsent.Length))
                    return Failed(carrier, null);
            }

            TakeShared(carrier);
        }
        catch (Exception error)
        {
            return Failed(carrier, error);
        }

        return Sent(carrier);
    }

    /// <summary>Takes the far side's word for what it has where it says so by memory that both share: at once, and without a frame.</summary>
    private void TakeShared(Carrier carrier)
    {
        if (carrier.Output is not BlockingSocketWriter socket || Kept < LeastKeptBytes)
            return;
        long received = socket.Received;
        _isToldByMemory = received > 0;
        if (received > carrier.SentTo)
            throw SharedRegion.GiveUp("The far side says in shared memory that it has more than it was sent.");
        RaiseAcknowledged(received);
    }

    // By the thread that sends and the one that reads.
    private void RaiseAcknowledged(long received)
    {
        long seen = Acknowledged;
        while (seen < received)
        {
            long before = Interlocked.CompareExchange(ref _acknowledged, received, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SendRestAsync(Carrier carrier, ValueTask<FlushResult> sending, int count)
    {
        try
        {
            if (!Count(carrier, await sending.ConfigureAwait(false), count))
                return await Failed(carrier, null).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return await Failed(carrier, error).ConfigureAwait(false);
        }

        return await SendAsync(carrier).ConfigureAwait(false);
    }

    private static bool Count(Carrier carrier, FlushResult sent, int count)
    {
        carrier.SentTo += count;
        return !sent.IsCanceled && !sent.IsCompleted;
    }

    private ValueTask<bool> Sent(Carrier carrier)
    {
        carrier.EndSend();
        Trim();
        return new(true);
    }

    private ValueTask<bool> Failed(Carrier carrier, Exception? failure)
    {
        carrier.EndSend();
        transport.OnFailed(carrier, failure);
        return new(!transport.HasEnded);
    }

    private ReadOnlyMemory<byte> Unsent(Carrier carrier)
    {
        RetainedSegment segment = carrier.Cursor ?? _head!;
        while (segment.End <= carrier.SentTo)
            segment = segment.Next!;
        carrier.Cursor = segment;
        return segment.From(carrier.SentTo);
    }
}
