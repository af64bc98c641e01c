using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Runhouse.Protocol.Control;

/// <summary>
/// What opens one connection to a worker: a nonce, an expiry and the host's signature over both. The host mints it, the worker verifies
/// it without asking the host.
/// </summary>
public static class Ticket
{
    /// <summary>The size of a ticket in bytes.</summary>
    public const int Size = NonceSize + ExpirySize + SignatureSize;

    /// <summary>The size of a ticket key in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>How long a ticket is good for when nothing else is said.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(1);

    internal const int NonceSize = 16;
    private const int ExpirySize = 8;
    private const int SignatureSize = HMACSHA256.HashSizeInBytes;
    private const int SignedSize = NonceSize + ExpirySize;

    /// <summary>Makes a key for a worker.</summary>
    public static byte[] CreateKey() => RandomNumberGenerator.GetBytes(KeySize);

    /// <summary>Makes a ticket.</summary>
    /// <param name="key">The worker's ticket key.</param>
    /// <param name="expires">When it stops being good; kept in whole milliseconds.</param>
    public static byte[] Mint(ReadOnlySpan<byte> key, DateTimeOffset expires)
    {
        byte[] ticket = new byte[Size];
        RandomNumberGenerator.Fill(ticket.AsSpan(0, NonceSize));
        BinaryPrimitives.WriteInt64LittleEndian(ticket.AsSpan(NonceSize), expires.ToUnixTimeMilliseconds());
        HMACSHA256.HashData(key, ticket.AsSpan(0, SignedSize), ticket.AsSpan(SignedSize));
        return ticket;
    }

    /// <summary>What tells a ticket from all others, in hexadecimal digits; opens nothing.</summary>
    /// <param name="ticket">The ticket.</param>
    public static string NonceOf(ReadOnlySpan<byte> ticket) => Convert.ToHexStringLower(ticket[..NonceSize]);

    /// <summary>Checks the signature in constant time; the expiry and the nonce mean something only when it is right.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="key">The worker's ticket key.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="expires">The expiry in milliseconds since 1970.</param>
    internal static bool IsSigned(ReadOnlySpan<byte> ticket, ReadOnlySpan<byte> key, out UInt128 nonce, out long expires)
    {
        (nonce, expires) = (default, 0);
        if (ticket.Length != Size)
            return false;
        Span<byte> signature = stackalloc byte[SignatureSize];
        HMACSHA256.HashData(key, ticket[..SignedSize], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, ticket[SignedSize..]))
            return false;
        nonce = BinaryPrimitives.ReadUInt128LittleEndian(ticket);
        expires = BinaryPrimitives.ReadInt64LittleEndian(ticket[NonceSize..]);
        return true;
    }
}
