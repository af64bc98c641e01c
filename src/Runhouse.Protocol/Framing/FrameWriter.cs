using System.Buffers.Binary;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// The one writer of a connection. Any thread pushes frames on a lock-free stack; the one that finds the writer idle sets it to work: it
/// takes everything pushed so far, writes, and flushes once. Control frames are written as soon as they are seen; payloads over the frame
/// limit are cut into chunks that take turns with each other and with small frames. While the far side is behind with acknowledging, only
/// control frames are written, among them the acknowledgements that it waits for itself.
/// </summary>
/// <param name="output">The session's output.</param>
/// <param name="limits">The longest payload of a frame, and what may wait for a far side that does not read.</param>
/// <param name="onFailed">Told once when the transport fails.</param>
internal sealed class FrameWriter(RetainingWriter output, WireLimits limits, Action<Exception?> onFailed) : IThreadPoolWorkItem
{
    /// <summary>Smaller bodies are not counted: it would cost each call.</summary>
    public const int CountedBytes = 4096;

    /// <summary>
    /// From here on a frame is sent from the memory in which it was written: a copy would cost more than a segment of its own. Unless most of
    /// that memory is empty: it is kept until the far side has the frame.
    /// </summary>
    private const int AdoptedBytes = 16 * 1024;

    /// <summary>What control frames may take beyond what may be kept for the far side.</summary>
    private const int ControlBytes = 4 * 1024 * 1024;

    private const int FlushBytes = 128 * 1024;

    /// <summary>So often a thread that has something else to do sends for others: then another one goes on.</summary>
    private const int MostInlineFlushes = 8;

    private static readonly OutgoingFrame Idle = new();
    private static readonly OutgoingFrame Closed = new();

    private readonly ReadyFrames _ready = new(2L * limits.MaxCallsInFlight);
    private readonly Queue<OutgoingFrame> _marks = new();
    private readonly List<OutgoingFrame> _chunked = [];
    private readonly Cancellations _cancels = new();
    private OutgoingFrame? _pushed = Idle;
    private LoneCall _lone;
    private int _unflushed;
    private int _turn;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _failed;

    /// <summary>How many bytes of large bodies wait to be written.</summary>
    public QueuedBytes Bodies { get; } = new();

    /// <summary>Sends a frame, which belongs to the writer from now on.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="inline">
    /// Whether this thread may do the writing: saves a thread switch when no other call is in flight, and costs the batching when some are.
    /// </param>
    public void Enqueue(OutgoingFrame frame, bool inline = false)
    {
        if (!_ready.TryAnnounce(frame))
        {
            frame.Return();
            FailUnread();
            return;
        }

        if (frame.PayloadLength >= CountedBytes)
            frame.CountIn(Bodies);
        OutgoingFrame? top = Volatile.Read(ref _pushed);
        while (true)
        {
            if (ReferenceEquals(top, Closed))
            {
                frame.Flushed?.TrySetResult();
                frame.Return();
                return;
            }

            frame.Next = ReferenceEquals(top, Idle) ? null : top;
            OutgoingFrame? seen = Interlocked.CompareExchange(ref _pushed, frame, top);
            if (ReferenceEquals(seen, top))
                break;
            top = seen;
        }

        if (!ReferenceEquals(top, Idle))
            return;
        if (inline)
            _ = DrainAsync(MostInlineFlushes);
        else
            Handover.Queue(this);
    }

    /// <summary>Keeps frames back until <see cref="Release"/>, so that what several pieces of work write goes out as one; false when somebody writes already.</summary>
    public bool TryHold() => ReferenceEquals(Interlocked.CompareExchange(ref _pushed, null, Idle), Idle);

    /// <summary>Writes what was kept back since <see cref="TryHold"/>.</summary>
    /// <param name="inline">Whether this thread does it.</param>
    public void Release(bool inline)
    {
        // Nothing came: back to idle, without the way through the drain.
        if (TryIdle())
            return;
        if (inline)
            _ = DrainAsync(MostInlineFlushes);
        else
            Handover.Queue(this);
    }

    /// <summary>Looks for work that has come about without a frame: a new carrier for what is unsent, or room for what was held back.</summary>
    public void Wake()
    {
        if (TryHold())
            Release(inline: false);
    }

    /// <summary>Waits until everything enqueued so far is flushed, or can no longer be.</summary>
    public Task FlushedAsync()
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        OutgoingFrame mark = Pool<OutgoingFrame>.Rent();
        mark.Flushed = flushed;
        Enqueue(mark);
        return flushed.Task;
    }

    /// <summary>Ended when nothing touches the transport's memory any more, after <see cref="Close"/>.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>Ends the writing: what is enqueued from now on is dropped.</summary>
    public void Close()
    {
        OutgoingFrame? top = Interlocked.Exchange(ref _pushed, Closed);
        if (ReferenceEquals(top, Idle))
            _stopped.TrySetResult();
        else
            output.CancelPendingFlush();
        while (top is not null && !ReferenceEquals(top, Idle) && !ReferenceEquals(top, Closed))
        {
            OutgoingFrame? next = top.Next;
            top.Flushed?.TrySetResult();
            top.Return();
            top = next;
        }
    }

    /// <inheritdoc/>
    public void Execute() => _ = DrainAsync(int.MaxValue);

    private bool HasFrames => _ready.Count > 0 || _chunked.Count > 0;

    private bool HasWork => output.HasUnsent || output.HasSurplus || (HasFrames && !output.IsFull);

    /// <summary>
    /// Puts the writer, which this thread holds, at rest; false when there is something to do. Looks again afterwards: whoever brought
    /// about work meanwhile found the writer busy.
    /// </summary>
    private bool TryIdle()
    {
        if (HasWork || Interlocked.CompareExchange(ref _pushed, Idle, null) is not null)
            return false;
        return !HasWork || !TryHold();
    }

    /// <param name="flushes">After how many flushes the rest is left to the pool; how often a flush must be waited for does not matter.</param>
    private async Task DrainAsync(int flushes)
    {
        try
        {
            while (!ReferenceEquals(Volatile.Read(ref _pushed), Closed))
            {
                Take();
                if (HasFrames && !output.IsFull)
                {
                    WriteSome();
                    if (_unflushed < FlushBytes)
                        continue;
                }
                else if (_unflushed == 0 && !output.HasUnsent)
                {
                    while (!HasFrames && _marks.TryDequeue(out OutgoingFrame? mark))
                    {
                        mark.Flushed!.TrySetResult();
                        mark.Return();
                    }

                    output.Trim();
                    if (TryIdle())
                        return;
                    continue;
                }

                _unflushed = 0;
                output.IsOneCalls = _lone.IsAlone;
                ValueTask<bool> flush = output.FlushAsync();
                bool isSent = flush.IsCompleted;
                if (!await flush.ConfigureAwait(false))
                    throw new IOException("The far side stopped reading.");
                if (!isSent)
                    flushes = int.MaxValue;
                if (--flushes > 0)
                    continue;
                Handover.Queue(this);
                return;
            }

            Stop();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    /// <summary>Takes everything pushed so far, in the order of pushing; writes control frames at once.</summary>
    private void Take()
    {
        OutgoingFrame? top = Volatile.Read(ref _pushed);
        if (top is null || ReferenceEquals(top, Closed))
            return;
        do
        {
            OutgoingFrame? seen = Interlocked.CompareExchange(ref _pushed, null, top);
            if (ReferenceEquals(seen, top))
                break;
            top = seen;
        }
        while (!ReferenceEquals(top, Closed));
        if (ReferenceEquals(top, Closed))
            return;

        OutgoingFrame? first = null;
        while (top is not null)
            (top.Next, first, top) = (first, top, top.Next);
        while (first is not null)
        {
            OutgoingFrame frame = first;
            first = frame.Next;
            frame.Next = null;
            if (frame.Flushed is not null)
                _marks.Enqueue(frame);
            else if (frame.Kind == FrameKind.Cancel)
                _cancels.Add(frame);
            else if (frame.Kind is FrameKind.Credit or FrameKind.Ping or FrameKind.Ack or FrameKind.GoAway)
                WriteControl(frame);
            else
                _ready.Add(frame);
        }

        if (!_cancels.IsEmpty)
            WriteCancels();

        // Control frames are written however much is kept; not without an end.
        if (output.Kept > limits.MaxUnacknowledgedBytes + ControlBytes)
            FailUnread();
    }

    private void WriteControl(OutgoingFrame frame)
    {
        _ready.Leave(frame);
        WriteWhole(frame);
    }

    private void FailUnread()
        => onFailed(new ProtocolViolationException("the far side calls and pings without reading the answers", Connections.GoAwayCode.LimitExceeded));

    /// <summary>A cancelled call that has not been sent never is; one whose chunks are on their way stops there.</summary>
    private void WriteCancels()
    {
        for (int i = _ready.Count; i > 0 && _ready.TryTake(out OutgoingFrame? frame); i--)
        {
            if (!_cancels.TryDrop(frame))
                _ready.PutBack(frame);
        }

        _ready.Settle();
        _chunked.RemoveAll(_cancels.TryDrop);
        foreach (OutgoingFrame? cancel in _cancels.All)
        {
            if (cancel is not null)
                WriteWhole(cancel);
        }

        _cancels.Clear();
    }

    /// <summary>The frame of a call that is on its way in chunks. A loop: a lambda would allocate for each frame, chunks or not.</summary>
    private OutgoingFrame? FindChunked(ulong callId)
    {
        foreach (OutgoingFrame frame in _chunked)
        {
            if (frame.CallId == callId)
                return frame;
        }

        return null;
    }

    private void WriteSome()
    {
        while (_unflushed < FlushBytes && _ready.TryTake(out OutgoingFrame? frame))
        {
            if (_chunked.Count > 0 && FindChunked(frame.CallId) is { } before)
                (before.Followers ??= new()).Enqueue(frame);
            else if (frame.PayloadLength <= limits.MaxFrameBytes)
                WriteWhole(frame);
            else
                _chunked.Add(frame);
        }

        _ready.Settle();
        if (_chunked.Count == 0)
            return;
        _turn = _turn < _chunked.Count ? _turn : 0;
        OutgoingFrame large = _chunked[_turn];
        WriteChunk(large);
        if (large.Sent < large.PayloadLength)
        {
            _turn++;
            return;
        }

        _chunked.RemoveAt(_turn);
        if (large.Followers is { } followers)
        {
            _ready.PutFirst(followers);
            _ready.Settle();
        }

        large.Return();
    }

    private void WriteWhole(OutgoingFrame frame)
    {
        int length = (int)frame.PayloadLength;
        _lone.Add(frame.CallId, length);
        if (frame.Body.Count >= AdoptedBytes && 2L * frame.Body.Count >= frame.Body.Capacity)
        {
            output.Adopt(frame.Detach());
            _unflushed += FrameHeader.Size + length;
            frame.Return();
            return;
        }

        Span<byte> span = output.GetSpan(FrameHeader.Size + length);
        new FrameHeader(frame.Kind, frame.Flags, frame.CallId, length).Write(span);
        frame.CopyTo(0, span.Slice(FrameHeader.Size, length));
        Advance(FrameHeader.Size + length);
        frame.Return();
    }

    private void WriteChunk(OutgoingFrame frame)
    {
        bool first = frame.Sent == 0;
        int sizeBytes = first ? sizeof(ulong) : 0;
        int count = (int)Math.Min(limits.MaxFrameBytes - sizeBytes, frame.PayloadLength - frame.Sent);
        _lone.Add(frame.CallId, count);
        FrameFlags flags = (first ? FrameFlags.Sized : 0) | (frame.Sent + count < frame.PayloadLength ? FrameFlags.More : 0);
        Span<byte> span = output.GetSpan(FrameHeader.Size + sizeBytes + count);
        new FrameHeader(frame.Kind, flags, frame.CallId, sizeBytes + count).Write(span);
        if (first)
            BinaryPrimitives.WriteInt64LittleEndian(span[FrameHeader.Size..], frame.PayloadLength);
        frame.CopyTo(frame.Sent, span.Slice(FrameHeader.Size + sizeBytes, count));
        frame.Sent += count;
        Advance(FrameHeader.Size + sizeBytes + count);
    }

    private void Advance(int count)
    {
        output.Advance(count);
        _unflushed += count;
    }

    private void Fail(Exception error)
    {
        if (_failed)
            return;
        _failed = true;
        Close();
        Stop();
        onFailed(error);
    }

    private void Stop()
    {
        foreach (OutgoingFrame mark in _marks)
            mark.Flushed!.TrySetResult();
        _marks.Clear();
        _ready.Clear();
        _chunked.Clear();
        _stopped.TrySetResult();
    }
}
