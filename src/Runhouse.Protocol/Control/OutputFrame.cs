using System.Buffers.Binary;

namespace Runhouse.Protocol.Control;

/// <summary>
/// A piece of the answer to a request whose work has output (<c>POST /v1/commands</c>, <c>POST /v1/images</c>): one byte of kind, the length of what
/// follows in four bytes, little-endian, and the bytes.
/// </summary>
/// <param name="Kind">What the bytes are.</param>
/// <param name="Payload">The bytes; good until the next frame is read.</param>
public readonly record struct OutputFrame(OutputFrameKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The media type of an answer that consists of such frames.</summary>
    public const string MediaType = "application/vnd.runhouse.output";

    /// <summary>The size of a frame's head in bytes.</summary>
    public const int HeadSize = 5;

    /// <summary>The most bytes that a frame may carry.</summary>
    public const int MaxPayload = 1 << 20;

    /// <summary>How often the host sends something when there is nothing to say, so that a connection that leads nowhere is noticed.</summary>
    public static readonly TimeSpan AliveInterval = TimeSpan.FromSeconds(5);

    /// <summary>Writes a frame's head.</summary>
    /// <param name="head">Where to; <see cref="HeadSize"/> bytes.</param>
    /// <param name="kind">What follows.</param>
    /// <param name="length">How many bytes follow.</param>
    public static void WriteHead(Span<byte> head, OutputFrameKind kind, int length)
    {
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], length);
    }
}

/// <summary>What a frame of output carries.</summary>
public enum OutputFrameKind
{
    /// <summary>Nothing: the host is there and works.</summary>
    Alive,

    /// <summary>Standard output, as it came.</summary>
    Output,

    /// <summary>Standard error, as it came.</summary>
    Error,

    /// <summary>A message in JSON: <see cref="CommandEnded"/> or an <see cref="ImageProgress"/>.</summary>
    Message,
}
