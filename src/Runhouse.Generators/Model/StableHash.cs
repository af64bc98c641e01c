using System.Globalization;

namespace Runhouse.Generators.Model;

/// <summary>The 64-bit hash behind ids and schema hashes: FNV-1a, then the finalizer of MurmurHash3. It is part of the wire, so it never changes.</summary>
internal static class StableHash
{
    private const ulong FirstFree = 256;

    /// <summary>The hash of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Never below 256: those ids are the protocol's own.</returns>
    public static ulong Of(string text)
    {
        unchecked
        {
            ulong hash = 14695981039346656037UL;
            foreach (char c in text)
            {
                hash = (hash ^ (byte)c) * 1099511628211UL;
                hash = (hash ^ (byte)(c >> 8)) * 1099511628211UL;
            }

            hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
            hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
            hash ^= hash >> 33;
            return hash < FirstFree ? hash + FirstFree : hash;
        }
    }

    /// <summary>The hash of a sequence, one part after the other. No part of the wire.</summary>
    /// <param name="hash">The hash of the parts so far.</param>
    /// <param name="next">The next part's.</param>
    public static ulong Combine(ulong hash, ulong next) => unchecked((((hash << 5) | (hash >> 59)) ^ next) * 0x9e3779b97f4a7c15UL);

    /// <summary>A hash as a C# literal.</summary>
    /// <param name="hash">The hash.</param>
    public static string Literal(ulong hash) => "0x" + hash.ToString("x16", CultureInfo.InvariantCulture) + "UL";
}
