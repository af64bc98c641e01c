using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Framing;

/// <summary>What pooled objects keep of their buffers.</summary>
internal static class BodyBuffers
{
    private const int KeptBytes = 16 * 1024;

    /// <summary>Empties a buffer; a large one goes back to the shared pool, so that many pooled objects stay small.</summary>
    public static void Trim(BodyBuffer buffer)
    {
        if (buffer.Capacity > KeptBytes)
            buffer.Dispose();
        else
            buffer.Reset();
    }
}
