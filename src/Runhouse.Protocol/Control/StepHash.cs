using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Protocol.Control;

/// <summary>Hashes the parts of a step. Each goes in with its length, so that no two lists of parts run together.</summary>
internal sealed class StepHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        _hash.AppendData(length);
        _hash.AppendData(part);
    }

    public void Add(string? part)
    {
        Add(part is null ? "-"u8 : "+"u8);
        Add(Encoding.UTF8.GetBytes(part ?? ""));
    }

    /// <summary>Takes a list with the number of its items.</summary>
    public void Add(IReadOnlyCollection<string> parts)
    {
        Add(parts.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (string part in parts)
            Add(part);
    }

    public byte[] Finish() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}
