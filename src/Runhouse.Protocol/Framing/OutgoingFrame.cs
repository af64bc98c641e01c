using System.Buffers.Binary;
using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Framing;

/// <summary>A frame on its way out: a link of the writer's queue, with the buffer in which its body was written. Pooled.</summary>
internal sealed class OutgoingFrame
{
    private const int MaxPrefix = 64;

    private readonly byte[] _prefix = new byte[MaxPrefix];
    private long _counted;

    /// <summary>The next in the queue or list that the frame is in.</summary>
    public OutgoingFrame? Next;

    public FrameKind Kind { get; private set; }

    public FrameFlags Flags { get; set; }

    public ulong CallId { get; private set; }

    /// <summary>The body, behind the prefix.</summary>
    public BodyBuffer Body { get; } = new(FrameHeader.Size + MaxPrefix);

    /// <summary>What stands in front of the body: filled in when the body has been written.</summary>
    public Span<byte> Prefix => _prefix;

    public int PrefixLength { get; set; }

    /// <summary>How much of the payload has been sent in chunks.</summary>
    public long Sent { get; set; }

    /// <summary>Ended when everything before this frame has been flushed; such a frame is a mark and not written.</summary>
    public TaskCompletionSource? Flushed { get; set; }

    /// <summary>Where its bytes are counted until it is returned; null when nobody counts them.</summary>
    public QueuedBytes? Counter { get; private set; }

    /// <summary>Frames of the same call that wait until its chunks are through, newest last.</summary>
    public Queue<OutgoingFrame>? Followers { get; set; }

    public long PayloadLength => PrefixLength + (long)Body.Count;

    public static OutgoingFrame Rent(long maxBodyBytes)
    {
        OutgoingFrame frame = Pool<OutgoingFrame>.Rent();
        frame.Body.MaxBytes = maxBodyBytes;
        return frame;
    }

    /// <summary>Makes a frame with a short payload.</summary>
    public static OutgoingFrame Short(FrameKind kind, ulong callId, ReadOnlySpan<byte> payload = default)
    {
        OutgoingFrame frame = Pool<OutgoingFrame>.Rent();
        payload.CopyTo(frame._prefix);
        frame.PrefixLength = payload.Length;
        return frame.As(kind, callId);
    }

    /// <summary>Grants a sender more: of items, of reports, or, for call 0, of log lines.</summary>
    public static OutgoingFrame Credit(ulong callId, byte index, int items, int bytes)
    {
        Span<byte> payload = stackalloc byte[9];
        payload[0] = index;
        BinaryPrimitives.WriteInt32LittleEndian(payload[1..], items);
        BinaryPrimitives.WriteInt32LittleEndian(payload[5..], bytes);
        return Short(FrameKind.Credit, callId, payload);
    }

    public OutgoingFrame As(FrameKind kind, ulong callId)
    {
        (Kind, CallId) = (kind, callId);
        return this;
    }

    /// <summary>Copies a part of the payload.</summary>
    public void CopyTo(long offset, Span<byte> output)
    {
        if (offset < PrefixLength)
        {
            int count = (int)Math.Min(PrefixLength - offset, output.Length);
            _prefix.AsSpan((int)offset, count).CopyTo(output);
            output = output[count..];
            offset += count;
        }

        if (output.Length > 0)
            Body.Written.Span.Slice((int)(offset - PrefixLength), output.Length).CopyTo(output);
    }

    /// <summary>Counts its bytes as waiting.</summary>
    /// <param name="counter">Where.</param>
    public void CountIn(QueuedBytes counter)
    {
        (Counter, _counted) = (counter, PayloadLength);
        counter.Add(_counted);
    }

    /// <summary>The whole frame in one piece, header and all, in the memory in which its body was written; the frame gives that away.</summary>
    public ArraySegment<byte> Detach()
    {
        int length = (int)PayloadLength;
        int count = Body.Count;
        byte[] bytes = Body.Detach();
        int start = MaxPrefix - PrefixLength;
        new FrameHeader(Kind, Flags, CallId, length).Write(bytes.AsSpan(start));
        Prefix[..PrefixLength].CopyTo(bytes.AsSpan(start + FrameHeader.Size));
        return new ArraySegment<byte>(bytes, start, FrameHeader.Size + PrefixLength + count);
    }

    public void Return()
    {
        if (Counter is not null)
        {
            Counter.Remove(_counted);
            Counter = null;
        }

        BodyBuffers.Trim(Body);
        (Next, Flags, PrefixLength, Sent, Flushed) = (null, FrameFlags.None, 0, 0, null);
        Pool<OutgoingFrame>.Return(this);
    }
}
