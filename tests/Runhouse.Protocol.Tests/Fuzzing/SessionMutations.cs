using System.Buffers.Binary;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Makes hostile sessions of recorded ones: first out of their messages, then out of the frames, then out of the bytes.</summary>
internal static class SessionMutations
{
    private static readonly Action<List<Message>, Random>[] OfMessages =
    [
        ChangeBody, ChangeBody, ChangeBody, Insert, Insert, Duplicate, Drop, Swap, Replay, ChangeKind, ChangeCall, Splice,
    ];

    private static readonly Action<List<WireFrame>, Random>[] OfFrames = [ChangeFlags, ChangeLength, ChangeTotal, DropFrame, DuplicateFrame, SwapFrames, ChangeFrame, CutInChunks];

    /// <summary>The bytes of a hostile session.</summary>
    /// <param name="session">A good one.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(IReadOnlyList<Message> session, Random random)
    {
        List<Message> messages = [.. session];
        for (int left = random.Next(4); left > 0; left--)
            OfMessages[random.Next(OfMessages.Length)](messages, random);
        List<WireFrame> frames = [.. messages.SelectMany(message => message.Split())];
        for (int left = Math.Max(0, random.Next(5) - 2); left > 0; left--)
            OfFrames[random.Next(OfFrames.Length)](frames, random);
        byte[] bytes = WireFrame.Write(frames);
        return random.Next(6) switch
        {
            0 => bytes[..random.Next(bytes.Length + 1)],
            1 => ByteMutations.Mutate(bytes, random),
            _ => bytes,
        };
    }

    /// <summary>In what pieces bytes come; most often in one.</summary>
    public static int[] Cuts(Random random) => random.Next(4) == 0 ? [.. Enumerable.Range(0, 20).Select(_ => random.Next(1, 97))] : [];

    private static int At<T>(List<T> list, Random random) => random.Next(list.Count);

    private static void ChangeBody(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages[at] = messages[at] with { Payload = BodyMutations.Mutate(messages[at].Payload, messages[at].BodyOffset, random) };
    }

    private static void Insert(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages.InsertRange(at, HostileMessages.For(CallId(messages, random), random));
    }

    private static void Duplicate(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages.Insert(at, messages[at]);
    }

    private static void Drop(List<Message> messages, Random random)
    {
        if (messages.Count > 1)
            messages.RemoveAt(At(messages, random));
    }

    private static void Swap(List<Message> messages, Random random)
    {
        (int a, int b) = (At(messages, random), At(messages, random));
        (messages[a], messages[b]) = (messages[b], messages[a]);
    }

    private static void Replay(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages.Insert(random.Next(at, messages.Count + 1), messages[at]);
    }

    private static void ChangeKind(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages[at] = messages[at] with { Kind = (FrameKind)random.Next(15) };
    }

    private static void ChangeCall(List<Message> messages, Random random)
    {
        int at = At(messages, random);
        messages[at] = messages[at] with { CallId = CallId(messages, random) };
    }

    private static void Splice(List<Message> messages, Random random)
    {
        (int a, int b) = (At(messages, random), At(messages, random));
        (byte[] head, byte[] tail) = (messages[a].Payload, messages[b].Payload);
        messages[a] = messages[a] with { Payload = random.Next(2) == 0 ? tail : [.. head[..random.Next(head.Length + 1)], .. tail[random.Next(tail.Length + 1)..]] };
    }

    private static ulong CallId(List<Message> messages, Random random)
        => random.Next(8) switch { 0 => 0, 1 => ulong.MaxValue, 2 => (ulong)random.Next(40), _ => messages[At(messages, random)].CallId };

    private static void ChangeFlags(List<WireFrame> frames, Random random)
    {
        int at = At(frames, random);
        frames[at] = frames[at] with { Flags = (byte)random.Next(9) };
    }

    private static void ChangeLength(List<WireFrame> frames, Random random)
    {
        int at = At(frames, random);
        uint length = (uint)frames[at].Payload.Length + 10;
        frames[at] = frames[at] with
        {
            Length = random.Next(6) switch { 0 => 0, 1 => uint.MaxValue, 2 => int.MaxValue, 3 => (uint)random.Next(300), 4 => length - 1, _ => length + 1 },
        };
    }

    /// <summary>What the first chunk says the whole to be.</summary>
    private static void ChangeTotal(List<WireFrame> frames, Random random)
    {
        List<int> first = [.. Enumerable.Range(0, frames.Count).Where(i => frames[i].IsFirstChunk)];
        if (first.Count == 0)
            return;
        int at = first[random.Next(first.Count)];
        byte[] payload = [.. frames[at].Payload];
        long total = BinaryPrimitives.ReadInt64LittleEndian(payload);
        BinaryPrimitives.WriteInt64LittleEndian(payload, random.Next(8) switch
        {
            0 => 0,
            1 => -1,
            2 => long.MaxValue,
            3 => long.MinValue,
            4 => total - 1,
            5 => total + 1,
            6 => int.MaxValue,
            _ => FuzzedSides.Limits.MaxBodyBytes + random.Next(-2, 2000),
        });
        frames[at] = frames[at] with { Payload = payload };
    }

    private static void DropFrame(List<WireFrame> frames, Random random)
    {
        if (frames.Count > 1)
            frames.RemoveAt(At(frames, random));
    }

    private static void DuplicateFrame(List<WireFrame> frames, Random random)
    {
        int at = At(frames, random);
        frames.Insert(random.Next(at, frames.Count + 1), frames[at]);
    }

    private static void SwapFrames(List<WireFrame> frames, Random random)
    {
        (int a, int b) = (At(frames, random), At(frames, random));
        (frames[a], frames[b]) = (frames[b], frames[a]);
    }

    private static void ChangeFrame(List<WireFrame> frames, Random random)
    {
        int at = At(frames, random);
        frames[at] = random.Next(2) == 0 ? frames[at] with { Kind = (byte)random.Next(15) } : frames[at] with { CallId = frames[At(frames, random)].CallId };
    }

    /// <summary>Announces a payload in chunks that come in part, in pieces of any size, or with a wrong total.</summary>
    private static void CutInChunks(List<WireFrame> frames, Random random)
    {
        int at = At(frames, random);
        WireFrame frame = frames[at];
        byte[] whole = [.. BitConverter.GetBytes(frame.Payload.LongLength + (random.Next(3) == 0 ? random.Next(-3, 70_000) : 0)), .. frame.Payload];
        byte[][] chunks = [.. whole.Chunk(random.Next(sizeof(ulong), 64))];
        frames.RemoveAt(at);
        frames.InsertRange(at, chunks.Select((chunk, i) => frame with
        {
            Flags = (byte)((i == 0 ? FrameFlags.Sized : 0) | (i < chunks.Length - 1 || random.Next(8) == 0 ? FrameFlags.More : 0)),
            Payload = chunk,
        }));
    }
}
