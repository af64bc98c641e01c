using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>A call that waits for its outcome. Whoever takes it out of the table calls exactly one of the methods, once.</summary>
internal interface IPendingCall
{
    /// <summary>The called member.</summary>
    RemoteMethod Method { get; }

    /// <summary>The time limit it was sent with.</summary>
    TimeSpan? Timeout { get; }

    /// <summary>The result, or the end of the result stream, arrived.</summary>
    void OnResult(scoped in FramePayload payload);

    /// <summary>The error arrived.</summary>
    void OnError(scoped in FramePayload payload);

    /// <summary>The call failed on this side.</summary>
    void OnFailed(Exception error);
}
