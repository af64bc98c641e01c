using System.Buffers.Binary;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Messages that no side sends, or not then, not so large and not so many.</summary>
internal static class HostileMessages
{
    private static readonly int[] Counts = [0, 1, -1, int.MinValue, int.MaxValue, 16 * 1024, 1 << 20, 4096];
    private static readonly long[] Numbers = [0, 1, -1, long.MinValue, long.MaxValue, 100, 1 << 20, 1L << 40];
    private static readonly Func<ulong, Random, IEnumerable<Message>>[] All = [Credit, Ack, Ping, GoAway, Cancel, End, Flood, Items, Log, Progress, Call, Hello];

    /// <summary>One or several of a kind, for a call.</summary>
    public static IEnumerable<Message> For(ulong callId, Random random) => All[random.Next(All.Length)](callId, random);

    private static IEnumerable<Message> Credit(ulong id, Random random)
    {
        byte[] payload = new byte[random.Next(8) == 0 ? random.Next(20) : 9];
        if (payload.Length == 9)
        {
            payload[0] = (byte)random.Next(4);
            BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), Any(Counts, random));
            BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(5), Any(Counts, random));
        }

        return [new(FrameKind.Credit, id, payload)];
    }

    private static IEnumerable<Message> Ack(ulong id, Random random) => [new(FrameKind.Ack, random.Next(2) == 0 ? 0 : id, Number(random))];

    private static IEnumerable<Message> Ping(ulong id, Random random) => [new(FrameKind.Ping, random.Next(2) == 0 ? 0 : id, Number(random))];

    private static IEnumerable<Message> GoAway(ulong id, Random random)
        => [new(FrameKind.GoAway, random.Next(2) == 0 ? 0 : id, [(byte)random.Next(12), 0, .. Bytes(random, 30)])];

    private static IEnumerable<Message> Cancel(ulong id, Random random) => [new(FrameKind.Cancel, id, Bytes(random, 3))];

    private static IEnumerable<Message> End(ulong id, Random random) => [new(FrameKind.End, id, [.. Index(random), .. Bytes(random, random.Next(2) * 30)])];

    /// <summary>Items beyond the window of a stream, by their number or by their bytes.</summary>
    private static IEnumerable<Message> Flood(ulong id, Random random)
    {
        byte index = (byte)random.Next(3);
        bool isBlock = random.Next(2) == 0;
        byte[] items = new byte[5 + random.Next(1, 60_000)];
        int count = isBlock ? (items.Length - 5) / 4 : random.Next(2) == 0 ? items.Length - 5 : 1;
        items[0] = index;
        BinaryPrimitives.WriteInt32LittleEndian(items.AsSpan(1), count | (isBlock ? int.MinValue : 0));
        return Enumerable.Repeat(new Message(FrameKind.Item, id, items), random.Next(1, 24));
    }

    /// <summary>Items whose header says something else than what follows.</summary>
    private static IEnumerable<Message> Items(ulong id, Random random)
    {
        byte[] items = [.. Index(random), 0, 0, 0, 0, .. Bytes(random, 40)];
        if (items.Length >= 5)
            BinaryPrimitives.WriteInt32LittleEndian(items.AsSpan(1), random.Next(2) == 0 ? Any(Counts, random) : random.Next(12) | (random.Next(2) == 0 ? int.MinValue : 0));
        return [new(FrameKind.Item, id, items)];
    }

    private static IEnumerable<Message> Log(ulong id, Random random)
    {
        byte[] line = [.. Number(random), .. Bytes(random, 40)];
        return Enumerable.Repeat(new Message(FrameKind.Log, random.Next(2) == 0 ? 0 : id, line), random.Next(1, 4));
    }

    private static IEnumerable<Message> Progress(ulong id, Random random)
        => Enumerable.Repeat(new Message(FrameKind.Progress, id, [.. Index(random), .. Bytes(random, random.Next(4) == 0 ? 5000 : 5)]), random.Next(20) == 0 ? 5000 : random.Next(1, 3));

    /// <summary>A call of the protocol's own, of the worker's, or of nobody's, with too much or too little behind it.</summary>
    private static IEnumerable<Message> Call(ulong id, Random random)
    {
        byte[] call = new byte[random.Next(8) == 0 ? random.Next(CallHeader.Size) : CallHeader.Size + random.Next(2) * random.Next(20_000)];
        if (call.Length >= CallHeader.Size)
        {
            ulong method = (ulong)(random.Next(3) == 0 ? random.Next(6) : random.Next(298, 313));
            uint deadline = random.Next(4) == 0 ? (uint)random.Next(3) : 0;
            new CallHeader(method, (ulong)Any(Numbers, random), 1, deadline, CallFlags.WantsLogs).Write(call, default);
            call[CallHeader.Size - 1] = (byte)random.Next(16);
            random.NextBytes(call.AsSpan(CallHeader.Size, Math.Min(4, call.Length - CallHeader.Size)));
        }

        return [new(FrameKind.Call, id, call)];
    }

    private static IEnumerable<Message> Hello(ulong id, Random random) => [new(FrameKind.Hello, id, Bytes(random, 200))];

    private static byte[] Number(Random random)
    {
        byte[] payload = new byte[random.Next(8) == 0 ? random.Next(12) : 8];
        if (payload.Length >= 8)
            BinaryPrimitives.WriteInt64LittleEndian(payload, Any(Numbers, random));
        return payload;
    }

    private static byte[] Index(Random random) => random.Next(16) == 0 ? [] : [(byte)(random.Next(8) == 0 ? 255 : random.Next(4))];

    private static byte[] Bytes(Random random, int most)
    {
        byte[] bytes = new byte[random.Next(most + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static T Any<T>(T[] values, Random random) => values[random.Next(values.Length)];
}
