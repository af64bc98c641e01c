using System.Buffers.Binary;
using System.Text;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>Reads SSH's data types (RFC 4251, section 5) from a block of bytes that somebody else made.</summary>
/// <param name="data">The bytes.</param>
internal ref struct SshWireReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _rest.Length;

    /// <summary>Reads a byte.</summary>
    /// <exception cref="FormatException">The block is shorter.</exception>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads a number.</summary>
    /// <exception cref="FormatException">The block is shorter.</exception>
    public uint ReadNumber() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Reads bytes with their length before them.</summary>
    /// <exception cref="FormatException">The block is shorter.</exception>
    public ReadOnlySpan<byte> ReadBytes()
    {
        uint length = ReadNumber();
        return length <= (uint)_rest.Length ? Take((int)length) : throw TooShort();
    }

    /// <summary>Reads text with its length before it.</summary>
    /// <exception cref="FormatException">The block is shorter.</exception>
    public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

    private static FormatException TooShort() => new("A block of SSH's data ends too early.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw TooShort();
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
