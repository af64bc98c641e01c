using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Tasks.Sources;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The receiving end of a stream: batches of items as they arrived, handed to one consumer, who pays for them with credit. A consumer that
/// is quick runs on the thread that has read the items, like the code behind any other call.
/// </summary>
/// <param name="frames">The connection.</param>
/// <param name="callId">The call.</param>
/// <param name="index">The stream's number in it.</param>
/// <param name="admission">Where what nobody has taken yet is counted; null when nobody counts.</param>
internal sealed class StreamReceiver(FrameConnection frames, ulong callId, byte index, Admission? admission = null) : IValueTaskSource<bool>, IDueWork
{
    /// <summary>Of smaller items a copy costs nothing.</summary>
    private const int LargeBytes = 4 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<StreamBatch> _batches = new();
    private ManualResetValueTaskSourceCore<bool> _ready;
    private Exception? _error;
    private long _outstandingItems;
    private long _outstandingBytes;
    private int _freedItems;
    private int _freedBytes;
    private bool _isWaiting;
    private bool _isEnded;
    private bool _isStopped;
    private volatile bool _isAborted;

    /// <summary>Whether the stream has been given up or cut short: of what has arrived, too, nothing more may be taken.</summary>
    public bool IsAborted => _isAborted;

    /// <summary>How long the consumer takes over what one wait brings.</summary>
    public Pace Pace { get; init; } = new() { IsConsumer = true };

    /// <summary>
    /// Reads a large item that is nothing but its bytes where they have arrived, which spares a copy of them; null where that cannot be. Called by the thread that reads:
    /// no code of a user's runs in it.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, object?>? ReadArrived { private get; set; }

    /// <summary>Takes a batch off the wire.</summary>
    /// <returns>Why it is refused; null when it is not.</returns>
    public OverloadedException? OnItems(scoped in FramePayload payload)
    {
        Span<byte> header = stackalloc byte[StreamWindow.HeaderSize];
        if (payload.Length < StreamWindow.HeaderSize)
            throw new ProtocolViolationException("an item frame shorter than its header");
        payload.Bytes.Slice(0, StreamWindow.HeaderSize).CopyTo(header);
        bool isBlock = (header[StreamWindow.HeaderSize - 1] & StreamWindow.BlockFlag) != 0;
        header[StreamWindow.HeaderSize - 1] &= unchecked((byte)~StreamWindow.BlockFlag);
        int count = BinaryPrimitives.ReadInt32LittleEndian(header[1..]);
        int bytes = (int)payload.Length - StreamWindow.HeaderSize;
        if (count <= 0 || count > bytes)
            throw new ProtocolViolationException($"an item frame of {bytes} bytes that announces {count} items");
        lock (_lock)
        {
            if (_isEnded)
                return null;

            // One item may overshoot the bytes; nothing may be sent once they are spent.
            if (_outstandingItems + count > StreamWindow.Items || _outstandingBytes >= StreamWindow.Bytes)
                throw new ProtocolViolationException($"stream {index} of call {callId} is sent beyond its window", GoAwayCode.LimitExceeded);
            if (admission?.TakeBatch(bytes) is { } refusal)
                return refusal;
            _outstandingItems += count;
            _outstandingBytes += bytes;
            _batches.Enqueue(ToBatch(payload, count, bytes, isBlock));
        }

        Wake(isRead: true);
        return null;
    }

    /// <summary>The stream ended; with an error, behind the items that came before it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="isRead">Whether this is the thread that reads, in a frame of the stream.</param>
    public void OnEnd(Exception? error, bool isRead = false)
    {
        lock (_lock)
        {
            if (_isEnded)
                return;
            (_isEnded, _error) = (true, error);
        }

        Wake(isRead);
    }

    /// <summary>Gives the stream up: what has not been consumed is dropped, and the consumer gets the error now.</summary>
    public void Abort(Exception? error)
    {
        lock (_lock)
        {
            // What is dropped was not consumed: even if its end has arrived, the consumer must not take the rest for the whole.
            bool isCut = !_isEnded || _batches.Count > 0;
            Drop();
            if (isCut)
                (_isEnded, _error, _isAborted) = (true, _error ?? error, true);
        }

        Wake(isRead: false);
    }

    /// <summary>Called when the consumer leaves before the end.</summary>
    public Action? OnStopped { get; init; }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        try
        {
            return _ready.GetResult(token);
        }
        finally
        {
            lock (_lock)
                _ready.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _ready.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _ready.OnCompleted(continuation, state, token, flags);

    /// <summary>Gives the stream up when a token is cancelled.</summary>
    /// <param name="token">The token.</param>
    public CancellationTokenRegistration AbortWhenCancelled(CancellationToken token) => token.UnsafeRegister(
        static (state, token) =>
        {
            var receiver = (StreamReceiver)state!;
            receiver._isAborted = true;
            receiver.Abort(new OperationCanceledException(token));
        },
        this);

    /// <summary>Waits until a batch is there; false at the end.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_lock)
        {
            if (_batches.Count > 0)
                return new ValueTask<bool>(true);
            if (_error is not null)
                return ValueTask.FromException<bool>(_error);
            if (_isEnded)
                return new ValueTask<bool>(false);
            _isWaiting = true;
            return new ValueTask<bool>(this, _ready.Version);
        }
    }

    private StreamBatch ToBatch(scoped in FramePayload payload, int count, int bytes, bool isBlock)
    {
        bool isInPlace = !payload.IsChunked && payload.Beginning.Length == payload.Length;
        if (count == 1 && !isBlock && bytes >= LargeBytes && isInPlace && ReadArrived?.Invoke(payload.Bytes.First[StreamWindow.HeaderSize..]) is { } item)
            return new StreamBatch(null, count, bytes, isBlock, item);
        var buffer = new BodyBuffer();
        payload.MoveTo(ref buffer);
        return new StreamBatch(buffer, count, bytes, isBlock);
    }

    private void Wake(bool isRead)
    {
        lock (_lock)
        {
            // Called outside the lock: the batch announced may have been taken meanwhile, and waking for nothing would look like the end.
            if (!_isWaiting || (_batches.Count == 0 && !_isEnded))
                return;
            _isWaiting = false;
        }

        if (isRead)
            frames.RunWhenRead(this);
        else
            Dispatch();
    }

    /// <inheritdoc/>
    public void Dispatch() => Handover.Queue(this);

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        long begin = Pace.Begin();
        Run();
        Pace.End(begin);
    }

    /// <summary>Lets the consumer go on.</summary>
    public void Run()
    {
        Exception? error;
        bool result;
        lock (_lock)
        {
            result = _batches.Count > 0;
            error = result ? null : _error;
        }

        if (error is not null)
            _ready.SetException(error);
        else
            _ready.SetResult(result);
    }

    /// <summary>Takes the next batch; one without items when it has been dropped meanwhile.</summary>
    public StreamBatch Take()
    {
        lock (_lock)
        {
            if (!_batches.TryDequeue(out StreamBatch batch))
                return default;
            admission?.GiveBatch(batch.Bytes);
            return batch;
        }
    }

    /// <summary>The consumer has taken a batch: the sender may send as much again.</summary>
    /// <param name="items">The items in it.</param>
    /// <param name="bytes">Their size.</param>
    public void Refill(int items, int bytes)
    {
        lock (_lock)
        {
            _freedItems += items;
            _freedBytes += bytes;

            if (_isEnded || (_freedItems < StreamWindow.Items / StreamWindow.Refills && _freedBytes < StreamWindow.Bytes / StreamWindow.Refills))
                return;
            (items, bytes) = (_freedItems, _freedBytes);
            (_freedItems, _freedBytes) = (0, 0);
            _outstandingItems -= items;
            _outstandingBytes -= bytes;
        }

        // By this thread, unless it is the reader's, which sends it with what else its work writes: another one would have to be woken for it.
        frames.Writer.Enqueue(OutgoingFrame.Credit(callId, index, items, bytes));
    }

    /// <summary>The consumer leaves before the end.</summary>
    public void Stop()
    {
        bool tell;
        lock (_lock)
        {
            tell = !_isEnded && !_isStopped && index != 0;
            (_isEnded, _isStopped) = (true, true);
            Drop();
        }

        // The end of the call stops its result stream; a stream argument may end before its call.
        if (tell)
            frames.Writer.Enqueue(OutgoingFrame.Short(FrameKind.End, callId, [index]));
        OnStopped?.Invoke();
    }

    private void Drop()
    {
        while (_batches.TryDequeue(out StreamBatch batch))
        {
            admission?.GiveBatch(batch.Bytes);
            batch.Buffer?.Dispose();
        }
    }
}
