using System.Buffers.Binary;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>A payload as a whole, in however many frames it travels.</summary>
internal sealed record Message(FrameKind Kind, ulong CallId, byte[] Payload)
{
    private const int MaxFrameBytes = FuzzedSides.MaxFrameBytes;

    /// <summary>Where the body begins, behind what the frame's kind puts in front of it.</summary>
    public int BodyOffset => Math.Min(Payload.Length, Kind switch
    {
        FrameKind.Call => CallHeader.Size,
        FrameKind.Item => 5,
        FrameKind.End or FrameKind.Progress => 1,
        FrameKind.Log => 12,
        _ => 0,
    });

    /// <summary>Puts the chunks of good frames together.</summary>
    public static List<Message> Join(IEnumerable<WireFrame> frames)
    {
        var messages = new List<Message>();
        var partial = new Dictionary<ulong, int>();
        foreach (WireFrame frame in frames)
        {
            var kind = (FrameKind)frame.Kind;
            if (partial.TryGetValue(frame.CallId, out int at) && messages[at].Kind == kind)
            {
                messages[at] = messages[at] with { Payload = [.. messages[at].Payload, .. frame.Payload] };
                if ((frame.Flags & (byte)FrameFlags.More) == 0)
                    partial.Remove(frame.CallId);
                continue;
            }

            messages.Add(new Message(kind, frame.CallId, frame.IsFirstChunk ? frame.Payload[sizeof(ulong)..] : frame.Payload));
            if (frame.IsFirstChunk)
                partial[frame.CallId] = messages.Count - 1;
        }

        return messages;
    }

    /// <summary>The frames of the message: one, or chunks.</summary>
    public IEnumerable<WireFrame> Split()
    {
        if (Payload.Length <= MaxFrameBytes)
            return [new WireFrame((byte)Kind, 0, CallId, Payload)];
        byte[] whole = [.. new byte[sizeof(ulong)], .. Payload];
        BinaryPrimitives.WriteInt64LittleEndian(whole, Payload.Length);
        byte[][] chunks = [.. whole.Chunk(MaxFrameBytes)];
        return chunks.Select((chunk, i) => new WireFrame((byte)Kind, Flags(i), CallId, chunk));

        byte Flags(int chunk) => (byte)((chunk == 0 ? FrameFlags.Sized : 0) | (chunk < chunks.Length - 1 ? FrameFlags.More : 0));
    }
}
