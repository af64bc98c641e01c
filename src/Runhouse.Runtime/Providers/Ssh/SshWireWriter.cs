using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>Writes SSH's data types (RFC 4251, section 5) into a block of bytes.</summary>
internal sealed class SshWireWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Adds a byte.</summary>
    /// <param name="value">The byte.</param>
    public SshWireWriter Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
        return this;
    }

    /// <summary>Adds a number.</summary>
    /// <param name="value">The number.</param>
    public SshWireWriter Number(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
        return this;
    }

    /// <summary>Adds bytes with their length before them.</summary>
    /// <param name="value">The bytes.</param>
    public SshWireWriter Bytes(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        _buffer.Write(value);
        return this;
    }

    /// <summary>Adds text with its length before it.</summary>
    /// <param name="value">The text.</param>
    public SshWireWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>What was written.</summary>
    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();
}
