using System.Buffers.Binary;

namespace Runhouse.Protocol.Control;

/// <summary>Reads an answer that consists of <see cref="OutputFrame"/>s.</summary>
/// <param name="stream">The answer's body.</param>
public sealed class OutputFrameReader(Stream stream)
{
    private readonly byte[] _head = new byte[OutputFrame.HeadSize];
    private byte[] _payload = [];

    /// <summary>The next frame; null at the end of the answer.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="EndOfStreamException">The answer ended in the middle of a frame.</exception>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    public async ValueTask<OutputFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        int read = await stream.ReadAtLeastAsync(_head, _head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (read == 0)
            return null;
        if (read < _head.Length)
            throw new EndOfStreamException();

        int length = BinaryPrimitives.ReadInt32LittleEndian(_head.AsSpan(1));
        if (length is < 0 or > OutputFrame.MaxPayload || _head[0] > (byte)OutputFrameKind.Message)
            throw new InvalidDataException($"A frame of kind {_head[0]} with {length} bytes is none that this version knows.");
        if (_payload.Length < length)
            _payload = new byte[Math.Max(length, 16 * 1024)];
        await stream.ReadExactlyAsync(_payload.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
        return new OutputFrame((OutputFrameKind)_head[0], _payload.AsMemory(0, length));
    }
}
