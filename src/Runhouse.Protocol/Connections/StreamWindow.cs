namespace Runhouse.Protocol.Connections;

/// <summary>What the sender of a stream may send ahead of its consumer: the window at its start, and the pace at which it is refilled.</summary>
internal static class StreamWindow
{
    /// <summary>Items a sender may send before it hears from the consumer: so many that of small ones the producer has enough to do until it does.</summary>
    public const int Items = 128 * 1024;

    /// <summary>Reports a sender may send before it hears from the receiver: each is run on its own.</summary>
    public const int Reports = 4096;

    /// <summary>Bytes of reports, or of a session's lines, that may be sent before the receiver is heard from.</summary>
    public const int ReportBytes = 1024 * 1024;

    /// <summary>Bytes a sender may send before it hears from the consumer; an item larger than what is left may still be sent.</summary>
    public const int Bytes = 2 * 1024 * 1024;

    /// <summary>The size at which ready items are sent instead of being coalesced further: with what stands in front of it, and one small item more, it fits 64 KiB.</summary>
    public const int BatchBytes = 60 * 1024;

    /// <summary>The consumer pays when it has taken a quarter of the window: often enough for the sender not to wait, rarely enough to cost nothing.</summary>
    public const int Refills = 4;

    /// <summary>Stream index and item count in front of the items.</summary>
    public const int HeaderSize = 5;

    /// <summary>In the highest byte of the count: the items are a block of numbers as they lie in memory.</summary>
    public const byte BlockFlag = 0x80;
}
