using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Runhouse.Protocol.Connections;

namespace Runhouse.Protocol.Framing;

/// <summary>Frames over a transport: the read loop, the writer, pings and the end, the same on both sides.</summary>
internal sealed class FrameConnection
{
    /// <summary>The room that a payload's own header may take beside its body.</summary>
    private const int PayloadHeaderRoom = 1024;

    /// <summary>How long a side that ends the connection waits for its last frames to go out: the far side may have stopped reading.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(2);

    private readonly IDuplexPipe _transport;
    private readonly TimeProvider _time;
    private readonly WireLimits _limits;
    private readonly IFrameHandler _handler;
    private readonly Dictionary<ulong, PartialBody> _partials = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReadLoop _loop;
    private Exception? _cause;
    private int _isClosing;

    public FrameConnection(IDuplexPipe transport, WireLimits limits, IFrameHandler handler, TimeProvider time)
    {
        (_transport, _limits, _handler, _time) = (transport, limits, handler, time);
        Writer = new FrameWriter(transport.Output, limits.MaxFrameBytes, Abort);
        _loop = new ReadLoop(transport.Input, Writer, Parse, error => _ = EndAsync(error));
    }

    public FrameWriter Writer { get; }

    /// <summary>Ends when the read loop has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The answer to a ping, by the number sent with it.</summary>
    public Action<ulong>? Pong { get; set; }

    /// <summary>Reads one frame before the loop runs: a hello or its answer; null when the far side closed.</summary>
    public async ValueTask<(FrameHeader Header, byte[] Payload)?> ReadFirstAsync(int maxLength, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await _transport.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            bool found = false;
            FrameHeader header;
            byte[] payload = [];
            try
            {
                found = FrameHeader.TryRead(ref buffer, maxLength, out header, out ReadOnlySequence<byte> bytes);
                if (found)
                    payload = bytes.ToArray();
            }
            finally
            {
                _transport.Input.AdvanceTo(buffer.Start, found ? buffer.Start : buffer.End);
            }

            if (found)
                return (header, payload);
            if (read.IsCompleted)
                return null;
        }
    }

    /// <summary>Reads until the connection ends; never faults.</summary>
    public Task RunAsync()
    {
        _loop.Start();
        return Ended;
    }

    /// <summary>Runs work behind the frames that have come with the one that is being handled.</summary>
    /// <param name="work">The work.</param>
    public void RunWhenRead(IDueWork work) => _loop.Add(work);

    private void Parse(ref ReadOnlySequence<byte> buffer)
    {
        while (FrameHeader.TryRead(ref buffer, _limits.MaxFrameBytes, out FrameHeader header, out ReadOnlySequence<byte> payload))
            OnFrame(header, payload);
    }

    private async Task EndAsync(Exception? cause)
    {
        if (cause is ProtocolViolationException violation)
        {
            GoAway(violation.Code, violation.Message);
            await FlushAsync().ConfigureAwait(false);
        }

        try
        {
            await CompleteTransportAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // It ends all the same; its calls say why.
            cause ??= error;
        }

        foreach (PartialBody partial in _partials.Values)
            partial.Buffer.Dispose();
        _handler.OnEnded(cause ?? Volatile.Read(ref _cause));
        _ended.TrySetResult();
    }

    public void GoAway(GoAwayCode code, string message) => Writer.Enqueue(WriteGoAway(code, message));

    public static OutgoingFrame WriteGoAway(GoAwayCode code, string message)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(WireLimits.Default.MaxBodyBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.Prefix, (ushort)code);
        frame.PrefixLength = sizeof(ushort);
        int bytes = Encoding.UTF8.GetMaxByteCount(Math.Min(message.Length, 4096));
        string text = message.Length > 4096 ? message[..4096] : message;
        frame.Body.Advance(Encoding.UTF8.GetBytes(text, frame.Body.GetSpan(bytes)));
        return frame.As(FrameKind.GoAway, 0);
    }

    public static (GoAwayCode Code, string Message) ReadGoAway(in ReadOnlySequence<byte> payload)
    {
        byte[] bytes = payload.ToArray();
        if (bytes.Length < sizeof(ushort))
            throw new ProtocolViolationException("a goaway frame without a code");
        return ((GoAwayCode)BinaryPrimitives.ReadUInt16LittleEndian(bytes), Encoding.UTF8.GetString(bytes.AsSpan(sizeof(ushort))));
    }

    /// <summary>Ends the connection: the read loop stops where it is.</summary>
    public void Abort(Exception? cause)
    {
        Interlocked.CompareExchange(ref _cause, cause, null);
        Writer.Close();
        _loop.Stop();
    }

    /// <summary>Says goodbye, sends what is queued, and ends the connection.</summary>
    public async Task CloseAsync(string message)
    {
        if (Interlocked.Exchange(ref _isClosing, 1) == 0 && !_ended.Task.IsCompleted)
        {
            GoAway(GoAwayCode.Closing, message);
            await FlushAsync().ConfigureAwait(false);
            Abort(null);
        }
    }

    /// <summary>Ends a connection whose read loop never ran: says why, and closes the transport.</summary>
    public async Task RefuseAsync(GoAwayCode code, string message)
    {
        GoAway(code, message);
        await FlushAsync().ConfigureAwait(false);
        await CompleteTransportAsync().ConfigureAwait(false);
    }

    private async Task FlushAsync()
    {
        using var enough = new CancellationTokenSource();
        Task tooLong = Task.Delay(FarewellTime, _time, enough.Token);
        await Task.WhenAny(Writer.FlushedAsync(), _ended.Task, tooLong).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    private async Task CompleteTransportAsync()
    {
        Writer.Close();
        await Writer.Stopped.ConfigureAwait(false);
        await _transport.Input.CompleteAsync().ConfigureAwait(false);
        await _transport.Output.CompleteAsync().ConfigureAwait(false);
    }

    private void OnFrame(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        if (_partials.Count > 0 || (header.Flags & (FrameFlags.More | FrameFlags.Sized)) != 0)
        {
            OnChunk(header, payload);
            return;
        }

        Dispatch(header, new FramePayload(payload));
    }

    private void OnChunk(in FrameHeader header, in ReadOnlySequence<byte> payload)
    {
        ReadOnlySequence<byte> chunk = payload;
        _partials.TryGetValue(header.CallId, out PartialBody? partial);
        if ((header.Flags & FrameFlags.Sized) != 0)
        {
            if (partial is not null || payload.Length < sizeof(ulong))
                throw new ProtocolViolationException($"a second payload of call {header.CallId} begins inside the first");
            if (header.Kind is not (FrameKind.Call or FrameKind.Result or FrameKind.Error or FrameKind.Item or FrameKind.End or FrameKind.Log or FrameKind.Progress))
                throw new ProtocolViolationException($"a frame of kind {header.Kind} in chunks");
            long length = PartialBody.ReadLength(payload);
            if (length < 0)
                throw new ProtocolViolationException("a payload's length is negative");
            bool dropped = length > _limits.MaxBodyBytes + PayloadHeaderRoom || length > Array.MaxLength;
            if (_partials.Count >= _limits.MaxCallsInFlight)
                throw new ProtocolViolationException("too many payloads in chunks at once", GoAwayCode.LimitExceeded);
            partial = new PartialBody(header.Kind, length) { IsDropped = dropped };
            _partials.Add(header.CallId, partial);
            if (dropped)
                _handler.OnTooLarge(header, length);
            chunk = payload.Slice(sizeof(ulong));
        }
        else if (partial is null || IsControl(header.Kind))
        {
            if ((header.Flags & FrameFlags.More) != 0)
                throw new ProtocolViolationException($"a chunk of call {header.CallId} continues nothing");
            if (partial is not null && header.Kind == FrameKind.Cancel)
            {
                // The caller gave up while the arguments were on their way: the rest never comes.
                _partials.Remove(header.CallId);
                partial.Buffer.Dispose();
            }

            Dispatch(header, new FramePayload(payload));
            return;
        }

        if (partial.Kind != header.Kind)
            throw new ProtocolViolationException($"a {header.Kind} frame inside a {partial.Kind} in chunks of call {header.CallId}");
        partial.Append(chunk);
        if ((header.Flags & FrameFlags.More) != 0)
            return;
        if (partial.Received != partial.Length)
            throw new ProtocolViolationException($"{partial.Received} bytes in chunks for a payload of {partial.Length}");
        _partials.Remove(header.CallId);
        if (!partial.IsDropped)
            Dispatch(header with { Flags = FrameFlags.None }, new FramePayload(partial));
        partial.Buffer.Dispose();
    }

    private static bool IsControl(FrameKind kind)
        => kind is FrameKind.Credit or FrameKind.Cancel or FrameKind.Ping or FrameKind.GoAway;

    private void Dispatch(in FrameHeader header, scoped in FramePayload payload)
    {
        switch (header.Kind)
        {
            case FrameKind.Ping:
                OnPing(header, payload);
                break;
            case FrameKind.GoAway:
                (GoAwayCode code, string message) = ReadGoAway(payload.Bytes);
                _handler.OnGoAway(code, message);
                break;
            default:
                _handler.OnFrame(header, payload);
                break;
        }
    }

    private void OnPing(in FrameHeader header, scoped in FramePayload payload)
    {
        if (payload.Length != sizeof(ulong))
            throw new ProtocolViolationException($"a ping of {payload.Length} bytes");
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        payload.Bytes.CopyTo(number);
        if ((header.Flags & FrameFlags.Reply) != 0)
        {
            Pong?.Invoke(BinaryPrimitives.ReadUInt64LittleEndian(number));
            return;
        }

        OutgoingFrame reply = OutgoingFrame.Short(FrameKind.Ping, 0, number);
        reply.Flags = FrameFlags.Reply;
        Writer.Enqueue(reply);
    }
}
