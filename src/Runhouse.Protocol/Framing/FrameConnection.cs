using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Framing;

/// <summary>Frames over a transport: the read loop, the writer, pings and the end, the same on both sides.</summary>
internal sealed class FrameConnection
{
    /// <summary>The room that a payload's own header may take beside its body.</summary>
    private const int PayloadHeaderRoom = 1024;

    /// <summary>How long a side that ends the connection waits for its last frames to go out: the far side may have stopped reading.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(2);

    private readonly ResumableTransport _transport;
    private readonly TimeProvider _time;
    private readonly WireLimits _limits;
    private readonly IFrameHandler _handler;
    private readonly Dictionary<ulong, PartialBody> _partials = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReadLoop _loop;
    private Exception? _cause;
    private int _isClosing;

    public FrameConnection(ResumableTransport transport, WireLimits limits, IFrameHandler handler, TimeProvider time)
    {
        (_transport, _limits, _handler, _time) = (transport, limits, handler, time);
        Writer = new FrameWriter(transport.Output, limits, Abort);
        _loop = new ReadLoop(transport.Input, Writer, Parse, () => handler.InFlight, error => _ = EndAsync(error));
        transport.Attached = Writer.Wake;
        transport.Input.Acknowledge = received => Writer.Enqueue(WriteAck(received));
    }

    public FrameWriter Writer { get; }

    /// <summary>Ends when the read loop has ended.</summary>
    public Task Ended => _ended.Task;

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
        if (buffer.IsSingleSegment)
        {
            ParsePiece(ref buffer);
            return;
        }

        while (FrameHeader.TryRead(ref buffer, _limits.MaxFrameBytes, out FrameHeader header, out ReadOnlySequence<byte> payload))
            OnFrame(header, new FramePayload(payload));
    }

    /// <summary>The same where what was read is one piece, as it is from a socket.</summary>
    private void ParsePiece(ref ReadOnlySequence<byte> buffer)
    {
        ReadOnlyMemory<byte> piece = buffer.First;
        ReadOnlySpan<byte> bytes = piece.Span;
        int taken = 0;
        try
        {
            while (FrameHeader.TryRead(bytes[taken..], _limits.MaxFrameBytes, out FrameHeader header))
            {
                int begin = taken + FrameHeader.Size;
                taken = begin + header.Length;
                OnFrame(header, new FramePayload(piece[begin..taken]));
            }
        }
        finally
        {
            buffer = buffer.Slice(taken);
        }
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
            Drop(partial);
        _handler.OnEnded(cause ?? Volatile.Read(ref _cause));
        _ended.TrySetResult();
    }

    public void GoAway(GoAwayCode code, string message) => Writer.Enqueue(WriteGoAway(code, message));

    public static OutgoingFrame WriteAck(long received) => Number(FrameKind.Ack, (ulong)received);

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

        // First, so that a flush which this cuts short is not taken for a lost connection.
        _loop.Stop();
        Writer.Close();
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

    /// <summary>Waits until what is queued has been sent, over the next connection if there is none now.</summary>
    public async Task DeliverAsync()
    {
        try
        {
            if (await _transport.NextCarrierAsync().ConfigureAwait(false) is not null)
                await FlushAsync().ConfigureAwait(false);
        }
        catch (Exception loss) when (loss is not OutOfMemoryException)
        {
            // The session has ended, for a reason that its reader gets too: there is nobody to deliver to.
        }
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
        _transport.Input.Complete();
        _transport.Output.Complete();
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    private void OnFrame(in FrameHeader header, scoped in FramePayload payload)
    {
        if (_partials.Count > 0 || (header.Flags & (FrameFlags.More | FrameFlags.Sized)) != 0)
            OnChunk(header, payload.Bytes);
        else
            Dispatch(header, payload);
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
            bool isTooLarge = length > _limits.MaxBodyBytes + PayloadHeaderRoom || length > Array.MaxLength;
            if (_partials.Count >= _limits.MaxCallsInFlight)
                throw new ProtocolViolationException("too many payloads in chunks at once", GoAwayCode.LimitExceeded);
            if (isTooLarge)
                _handler.OnTooLarge(header, length);
            partial = new PartialBody(header.Kind, length) { IsDropped = isTooLarge || !_handler.OnBegin(header, length) };
            _partials.Add(header.CallId, partial);
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
                Drop(partial);
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

    private void Drop(PartialBody partial)
    {
        if (!partial.IsDropped)
            _handler.OnBroken(partial.Length);
        partial.Buffer.Dispose();
    }

    private static bool IsControl(FrameKind kind)
        => kind is FrameKind.Credit or FrameKind.Cancel or FrameKind.Ping or FrameKind.GoAway or FrameKind.Ack;

    private void Dispatch(in FrameHeader header, scoped in FramePayload payload)
    {
        switch (header.Kind)
        {
            case FrameKind.Ping:
                OnPing(header, payload);
                break;
            case FrameKind.Ack:
                OnAck(payload);
                break;
            case FrameKind.GoAway:
                (GoAwayCode code, string message) = ReadGoAway(payload.Bytes);
                if (code != GoAwayCode.Draining)
                    _transport.EndWithCarrier();
                _handler.OnGoAway(code, message);
                break;
            default:
                _handler.OnFrame(header, payload);
                break;
        }
    }

    private void OnAck(scoped in FramePayload payload)
    {
        if (!_transport.Output.Acknowledge((long)ReadNumber(payload)))
            throw new ProtocolViolationException("an acknowledgement of what was never sent");
        Writer.Wake();
    }

    private void OnPing(in FrameHeader header, scoped in FramePayload payload)
    {
        ulong number = ReadNumber(payload);
        if ((header.Flags & FrameFlags.Reply) != 0)
            return;
        OutgoingFrame reply = Number(FrameKind.Ping, number);
        reply.Flags = FrameFlags.Reply;
        Writer.Enqueue(reply);
    }

    private static OutgoingFrame Number(FrameKind kind, ulong number)
    {
        Span<byte> payload = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, number);
        return OutgoingFrame.Short(kind, 0, payload);
    }

    private static ulong ReadNumber(scoped in FramePayload payload)
    {
        if (payload.Length != sizeof(ulong))
            throw new ProtocolViolationException($"a number of {payload.Length} bytes");
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        payload.Bytes.CopyTo(number);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }
}
