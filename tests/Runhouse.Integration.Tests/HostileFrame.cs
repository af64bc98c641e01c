using System.Buffers.Binary;
using Runhouse.Protocol.Tests.Fuzzing;

namespace Runhouse.Integration;

/// <summary>A frame as bytes that need not be right.</summary>
internal sealed record HostileFrame(byte Kind, byte Flags, ulong CallId, byte[] Payload)
{
    private const int HeaderSize = 14;

    /// <summary>What the header says the payload's length to be; null for the truth.</summary>
    private uint? Length { get; init; }

    /// <summary>The bytes on the wire.</summary>
    public byte[] Bytes
    {
        get
        {
            byte[] bytes = [.. new byte[HeaderSize], .. Payload];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (Length ?? (uint)Payload.Length) + 10);
            (bytes[4], bytes[5]) = (Kind, Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(6), CallId);
            return bytes;
        }
    }

    /// <summary>Takes what a caller has said apart.</summary>
    public static List<HostileFrame> Parse(ReadOnlySpan<byte> bytes)
    {
        List<HostileFrame> frames = [];
        while (bytes.Length >= HeaderSize && BinaryPrimitives.ReadInt32LittleEndian(bytes) + sizeof(uint) is int end && end <= bytes.Length)
        {
            frames.Add(new HostileFrame(bytes[4], bytes[5], BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]), bytes[HeaderSize..end].ToArray()));
            bytes = bytes[end..];
        }

        return frames;
    }

    /// <summary>The bytes of a session that is good but for a few of its frames, and at times for its end.</summary>
    public static byte[] Mutate(IReadOnlyList<HostileFrame> session, Random random)
    {
        List<HostileFrame> frames = [.. session];
        for (int left = random.Next(1, 5); left > 0; left--)
            MutateOne(frames, random);
        byte[] bytes = [.. frames.SelectMany(static frame => frame.Bytes)];
        return random.Next(5) switch
        {
            0 => bytes[..random.Next(bytes.Length + 1)],
            1 => ByteMutations.Mutate(bytes, random),
            _ => bytes,
        };
    }

    private static void MutateOne(List<HostileFrame> frames, Random random)
    {
        (int at, int other) = (random.Next(frames.Count), random.Next(frames.Count));
        HostileFrame frame = frames[at];
        switch (random.Next(10))
        {
            case 0 or 1 or 2 when frame.Payload.Length > 0:
                frames[at] = frame with { Payload = ByteMutations.Mutate(frame.Payload, random) };
                break;
            case 3 when frames.Count > 1:
                frames.RemoveAt(at);
                break;
            case 4:
                frames.Insert(random.Next(frames.Count + 1), frame);
                break;
            case 5:
                (frames[at], frames[other]) = (frames[other], frame);
                break;
            case 6:
                frames[at] = frame with { Kind = (byte)random.Next(15), Flags = (byte)random.Next(8) };
                break;
            case 7:
                frames[at] = frame with { CallId = random.Next(3) == 0 ? 0 : frames[other].CallId };
                break;
            case 8:
                frames[at] = frame with { Length = (uint)random.NextInt64(1L << random.Next(33)) };
                break;
            default:
                // Credit for anything: streams, reports, lines.
                byte[] credit = new byte[9];
                random.NextBytes(credit);
                credit[0] = (byte)random.Next(3);
                frames.Insert(at, new HostileFrame(6, 0, random.Next(3) == 0 ? 0 : frame.CallId, credit));
                break;
        }
    }
}
