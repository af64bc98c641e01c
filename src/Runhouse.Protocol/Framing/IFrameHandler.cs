namespace Runhouse.Protocol.Framing;

/// <summary>One side of a connection, as its read loop sees it.</summary>
internal interface IFrameHandler
{
    /// <summary>A frame with its whole payload arrived. Throws <see cref="ProtocolViolationException"/> to end the connection.</summary>
    void OnFrame(in FrameHeader header, scoped in FramePayload payload);

    /// <summary>A payload over the limit was announced; its chunks will be dropped.</summary>
    void OnTooLarge(in FrameHeader header, long length);

    /// <summary>The far side said goodbye.</summary>
    void OnGoAway(Connections.GoAwayCode code, string message);

    /// <summary>The connection ended; called once.</summary>
    void OnEnded(Exception? cause);
}
