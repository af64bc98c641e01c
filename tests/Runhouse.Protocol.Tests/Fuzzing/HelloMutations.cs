using System.Buffers.Binary;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Hostile hellos of both sides.</summary>
internal static class HelloMutations
{
    private static readonly ulong[] Numbers = [0, 1, 100, 5000, 1 << 20, long.MaxValue, ulong.MaxValue, 1UL << 63];

    /// <summary>Where the fields of a caller's hello begin, and their sizes: version, ticket, session, secret, received, grace, keep-alive.</summary>
    private static readonly (int At, int Size)[] OfCaller = [(4, 2), (6, 2), (8, 56), (64, 16), (80, 32), (112, 8), (120, 4), (124, 4)];

    /// <summary>The same of a worker's: version, session, secret, received, lengths of the texts.</summary>
    private static readonly (int At, int Size)[] OfWorker = [(0, 2), (2, 16), (18, 32), (50, 8), (58, 2), (63, 2)];

    /// <summary>Changes a caller's hello.</summary>
    /// <param name="hello">A good one.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(ClientHello hello, Random random) => Mutate(Framing.GoldenFrames.Write(Hello.WriteClient(hello)), OfCaller, random);

    /// <summary>Changes a worker's hello.</summary>
    /// <param name="hello">A good one.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(WorkerHello hello, Random random) => random.Next(6) == 0
        ? [.. Framing.GoldenFrames.Write(FrameConnection.WriteGoAway((GoAwayCode)random.Next(12), "no"))]
        : Mutate(Framing.GoldenFrames.Write(Hello.WriteServer(hello)), OfWorker, random);

    private static byte[] Mutate(byte[] good, (int At, int Size)[] fields, Random random)
    {
        byte[] bytes = [.. good];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (int left = random.Next(3); left > 0; left--)
        {
            (int at, int size) = fields[random.Next(fields.Length)];
            Span<byte> field = bytes.AsSpan(FrameHeader.Size + at, size);
            BinaryPrimitives.WriteUInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)]);
            if (random.Next(2) == 0)
                number[..Math.Min(size, number.Length)].CopyTo(field);
            else
                field[random.Next(size)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(6) switch { 0 => ByteMutations.Mutate(bytes, random), 1 => bytes[..random.Next(bytes.Length)], _ => bytes };
    }
}
