using System.Buffers;
using System.IO.Pipelines;

namespace Runhouse.Protocol.Framing;

/// <summary>The one frame that goes each way before a connection carries a session.</summary>
internal static class FirstFrame
{
    /// <summary>Reads it; null when the far side closed.</summary>
    /// <param name="input">The connection; what is behind the frame stays in it.</param>
    /// <param name="maxLength">The longest payload accepted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<(FrameHeader Header, byte[] Payload)?> ReadAsync(PipeReader input, int maxLength, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            bool found = false;
            FrameHeader header;
            byte[] payload = [];
            try
            {
                found = FrameHeader.TryRead(ref buffer, maxLength, out header, out ReadOnlySequence<byte> bytes);
                if (found)
                    payload = bytes.ToArray();
            }
            finally
            {
                input.AdvanceTo(buffer.Start, found ? buffer.Start : buffer.End);
            }

            if (found)
                return (header, payload);
            if (read.IsCompleted)
                return null;
        }
    }

    /// <summary>Writes it.</summary>
    /// <param name="output">The connection.</param>
    /// <param name="frame">The frame; returned to its pool.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask WriteAsync(PipeWriter output, OutgoingFrame frame, CancellationToken cancellationToken)
    {
        int length = (int)frame.PayloadLength;
        byte[] bytes = new byte[FrameHeader.Size + length];
        new FrameHeader(frame.Kind, frame.Flags, frame.CallId, length).Write(bytes);
        frame.CopyTo(0, bytes.AsSpan(FrameHeader.Size));
        frame.Return();
        await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }
}
