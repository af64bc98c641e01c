using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Single values through the serializer: stream items, progress reports and results.</summary>
internal static class InlineCodec
{
    /// <summary>Writes one value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="side">Who writes it.</param>
    public static byte[] Encode<T>(T value, WireWrite<T> write, InlineSide side)
    {
        using var buffer = new BodyBuffer { MaxBytes = side.Limits.MaxBodyBytes };
        var writer = new WireWriter(buffer, ObjectForm.Array, side.Limits.MaxDepth, side);
        try
        {
            write(ref writer, value);
            writer.Flush();
        }
        catch (Exception e)
        {
            throw writer.Translate(e);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>Reads one value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="bytes">What <see cref="Encode"/> made.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="side">Who reads it.</param>
    public static T Decode<T>(ReadOnlyMemory<byte> bytes, WireRead<T> read, InlineSide side)
    {
        try
        {
            var reader = new WireReader(bytes, side.Limits, side);
            return read(ref reader);
        }
        catch (Exception e)
        {
            throw WireReader.Translate(e);
        }
    }
}
