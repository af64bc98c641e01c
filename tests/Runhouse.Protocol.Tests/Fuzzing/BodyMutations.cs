using MessagePack;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>What is done to a body: to its MessagePack tokens, so that what is around them stays good, and to its bytes.</summary>
internal static class BodyMutations
{
    private const int DeepestNesting = 4000;

    /// <summary>Tokens that announce more than there is, are no tokens, or are of another type than any reader expects.</summary>
    private static readonly byte[][] Tokens =
    [
        [0xdd, 0x7f, 0xff, 0xff, 0xff], [0xdd, 0xff, 0xff, 0xff, 0xff], [0xdc, 0xff, 0xff], [0xdd, 0, 0, 1, 0],
        [0xdf, 0x7f, 0xff, 0xff, 0xff], [0xdf, 0xff, 0xff, 0xff, 0xff], [0xde, 0xff, 0xff], [0xdf, 0x10, 0, 0, 0],
        [0xdb, 0x7f, 0xff, 0xff, 0xff], [0xdb, 0xff, 0xff, 0xff, 0xff], [0xda, 0xff, 0xff], [0xd9, 0xff],
        [0xc6, 0x7f, 0xff, 0xff, 0xff], [0xc6, 0xff, 0xff, 0xff, 0xff], [0xc5, 0xff, 0xff], [0xc4, 0xff],
        [0xc9, 0x7f, 0xff, 0xff, 0xff, 1], [0xc9, 0xff, 0xff, 0xff, 0xff, 1], [0xc7, 0, 1], [0xd4, 1, 2], [0xd8], [0xc1],
        [0xa3, 0xe2, 0x82, 0xac], [0xa2, 0xe2, 0x82], [0xa3, 0xed, 0xa0, 0x80], [0xa1, 0xff], [0xa4, 0xf4, 0x90, 0x80, 0x80], [0xc4, 2, 0, 0xd8], [0xc4, 3, 1, 2, 3],
        [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xd3, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0xd2, 0x80, 0, 0, 0], [0xd2, 0x7f, 0xff, 0xff, 0xff], [0xce, 0xff, 0xff, 0xff, 0xff], [0xff], [0xe0], [0x7f], [0x00], [0xcc, 0xff],
        [0xca, 0x7f, 0xc0, 0, 0], [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], [0xc0], [0xc2], [0xc3], [0x80], [0x81, 0xc0, 0xc0], [0x90], [0x92, 1, 2], [0xa0],
    ];

    private static readonly Func<byte[], int, Random, byte[]>[] All = [Replace, Insert, Remove, Nest, Repeat, Flip, Overwrite, Cut];

    /// <summary>Does one of these things.</summary>
    /// <param name="payload">The payload; stays as it is.</param>
    /// <param name="offset">Where its body begins.</param>
    /// <param name="random">Chooses.</param>
    public static byte[] Mutate(byte[] payload, int offset, Random random) => All[random.Next(All.Length)](payload, offset, random);

    private static byte[] Replace(byte[] payload, int offset, Random random)
    {
        Range token = Token(payload, offset, random);
        return [.. payload[..token.Start], .. Tokens[random.Next(Tokens.Length)], .. payload[token.End..]];
    }

    private static byte[] Insert(byte[] payload, int offset, Random random)
    {
        Range token = Token(payload, offset, random);
        return [.. payload[..token.Start], .. Tokens[random.Next(Tokens.Length)], .. payload[token.Start..]];
    }

    private static byte[] Remove(byte[] payload, int offset, Random random)
    {
        Range token = Token(payload, offset, random);
        return [.. payload[..token.Start], .. payload[token.End..]];
    }

    private static byte[] Nest(byte[] payload, int offset, Random random)
    {
        Range token = Token(payload, offset, random);
        byte[] nest = new byte[random.Next(1, random.Next(8) == 0 ? DeepestNesting : 100)];
        Array.Fill(nest, random.Next(2) == 0 ? (byte)0x91 : (byte)0x81);
        return [.. payload[..token.Start], .. nest, .. payload[token.Start..]];
    }

    /// <summary>Many of the same: causes of an error, members, items.</summary>
    private static byte[] Repeat(byte[] payload, int offset, Random random)
    {
        Range token = Token(payload, offset, random);
        byte[] one = random.Next(2) == 0 ? payload[token] : Tokens[random.Next(Tokens.Length)];
        int count = Math.Min(random.Next(1, 3000), 30_000 / Math.Max(1, one.Length));
        byte[] header = random.Next(3) switch
        {
            0 => [0xdc, (byte)(count >> 8), (byte)count],
            1 => [0xde, (byte)(count >> 9), (byte)(count >> 1)],
            _ => [],
        };
        return [.. payload[..token.Start], .. header, .. Enumerable.Repeat(one, count).SelectMany(bytes => bytes), .. payload[token.End..]];
    }

    private static byte[] Flip(byte[] payload, int offset, Random random)
    {
        byte[] changed = [.. payload];
        if (changed.Length > 0)
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private static byte[] Overwrite(byte[] payload, int offset, Random random)
    {
        byte[] changed = [.. payload];
        int at = random.Next(changed.Length + 1);
        random.NextBytes(changed.AsSpan(at, Math.Min(changed.Length - at, random.Next(9))));
        return changed;
    }

    private static byte[] Cut(byte[] payload, int offset, Random random) => payload[..random.Next(payload.Length + 1)];

    /// <summary>One of the tokens of a body: its header and, of a text or a block, what follows.</summary>
    private static Range Token(byte[] payload, int offset, Random random)
    {
        List<Range> tokens = [];
        try
        {
            var reader = new MessagePackReader(payload.AsMemory(offset));
            while (!reader.End && tokens.Count < 500)
            {
                int start = offset + (int)reader.Consumed;
                if (reader.NextMessagePackType == MessagePackType.Array)
                    reader.ReadArrayHeader();
                else if (reader.NextMessagePackType == MessagePackType.Map)
                    reader.ReadMapHeader();
                else
                    reader.Skip();
                tokens.Add(start..(offset + (int)reader.Consumed));
            }
        }
        catch (Exception)
        {
            // No good body, which the format's reader says in many ways: the tokens so far, or any place.
        }

        if (tokens.Count > 0)
            return tokens[random.Next(tokens.Count)];
        int at = random.Next(payload.Length + 1);
        return at..at;
    }
}
