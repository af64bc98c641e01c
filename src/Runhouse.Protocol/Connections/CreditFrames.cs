using System.Buffers.Binary;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>Reads credit frames.</summary>
internal static class CreditFrames
{
    private const int Size = 9;

    public static void Read(scoped in FramePayload payload, out byte index, out int items, out int bytes)
    {
        if (payload.Length != Size)
            throw new ProtocolViolationException($"a credit frame of {payload.Length} bytes");
        Span<byte> credit = stackalloc byte[Size];
        System.Buffers.BuffersExtensions.CopyTo(payload.Bytes, credit);
        index = credit[0];
        items = BinaryPrimitives.ReadInt32LittleEndian(credit[1..]);
        bytes = BinaryPrimitives.ReadInt32LittleEndian(credit[5..]);
    }
}
