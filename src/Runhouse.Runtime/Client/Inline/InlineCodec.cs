using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Single values through the serializer: stream items, progress reports and results. Only results hold references.</summary>
internal static class InlineCodec
{
    /// <summary>Writes one value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="references">Makes the ids of references; null where none may stand.</param>
    public static byte[] Encode<T>(T value, WireWrite<T> write, WireLimits limits, IReferenceWriter? references = null)
    {
        using var buffer = new BodyBuffer { MaxBytes = limits.MaxBodyBytes };
        var writer = new WireWriter(buffer, ObjectForm.Array, limits, references);
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
    /// <param name="limits">What is accepted.</param>
    /// <param name="references">Finds references by their ids; null where none may stand.</param>
    public static T Decode<T>(ReadOnlyMemory<byte> bytes, WireRead<T> read, WireLimits limits, IReferenceReader? references = null)
    {
        try
        {
            var reader = new WireReader(bytes, limits, references);
            return read(ref reader);
        }
        catch (Exception e)
        {
            throw WireReader.Translate(e);
        }
    }
}
