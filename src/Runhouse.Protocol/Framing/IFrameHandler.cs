namespace Runhouse.Protocol.Framing;

/// <summary>One side of a connection, as its read loop sees it.</summary>
internal interface IFrameHandler
{
    /// <summary>How many calls are in flight.</summary>
    int InFlight { get; }

    /// <summary>A frame with its whole payload arrived. Throws <see cref="ProtocolViolationException"/> to end the connection.</summary>
    void OnFrame(in FrameHeader header, scoped in FramePayload payload);

    /// <summary>A payload in chunks begins; false when nobody wants it, or it is refused, which its sender has been told: then its chunks are dropped.</summary>
    /// <param name="header">Its first frame.</param>
    /// <param name="length">The length of the whole.</param>
    bool OnBegin(in FrameHeader header, long length);

    /// <summary>A payload in chunks that had begun does not come to its end.</summary>
    /// <param name="length">The length of the whole.</param>
    void OnBroken(long length);

    /// <summary>A payload over the limit was announced; its chunks will be dropped.</summary>
    void OnTooLarge(in FrameHeader header, long length);

    /// <summary>The far side said goodbye.</summary>
    void OnGoAway(Connections.GoAwayCode code, string message);

    /// <summary>The connection ended; called once.</summary>
    void OnEnded(Exception? cause);
}
