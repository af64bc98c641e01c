namespace Runhouse.Protocol.Connections;

/// <summary>What the sender of a stream may send ahead of its consumer: the window at its start, and the pace at which it is refilled.</summary>
internal static class StreamWindow
{
    /// <summary>Items a sender may send before it hears from the consumer.</summary>
    public const int Items = 16 * 1024;

    /// <summary>Reports a sender may send before it hears from the receiver: each is run on its own.</summary>
    public const int Reports = 4096;

    /// <summary>Bytes a sender may send before it hears from the consumer; an item larger than what is left may still be sent.</summary>
    public const int Bytes = 1024 * 1024;

    /// <summary>The size at which ready items are sent instead of being coalesced further: with what stands in front of it, and one small item more, it fits 32 KiB.</summary>
    public const int BatchBytes = 28 * 1024;

    /// <summary>Stream index and item count in front of the items.</summary>
    public const int HeaderSize = 5;

    /// <summary>In the highest byte of the count: the items are a block of numbers as they lie in memory.</summary>
    public const byte BlockFlag = 0x80;
}
