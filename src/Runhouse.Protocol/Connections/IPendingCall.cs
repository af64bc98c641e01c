using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <summary>A call that waits for its outcome. Whoever takes it out of the table calls exactly one of the methods, once.</summary>
internal interface IPendingCall
{
    /// <summary>The member's name for messages.</summary>
    string Name { get; }

    /// <summary>Whether it is one of the protocol's own, which no limit on work holds up.</summary>
    bool IsControl { get; }

    /// <summary>The time limit it was sent with.</summary>
    TimeSpan? Timeout { get; }

    /// <summary>The result, or the end of the result stream, arrived.</summary>
    void OnResult(scoped in FramePayload payload);

    /// <summary>The error arrived.</summary>
    void OnError(scoped in FramePayload payload);

    /// <summary>The call failed on this side.</summary>
    void OnFailed(Exception error);
}
