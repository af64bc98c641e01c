namespace Runhouse.Protocol.Connections;

/// <summary>An argument that lives while its call runs: a stream, or a receiver of progress.</summary>
/// <param name="index">Its number in the call, from 1.</param>
internal abstract class CallAttachment(byte index)
{
    /// <summary>Its number in the call.</summary>
    public byte Index => index;

    /// <summary>Whether it can take part in another attempt at the call once one has been sent.</summary>
    public abstract bool IsRepeatable { get; }

    /// <summary>Takes its place before the call is sent.</summary>
    public abstract void Attach(ClientConnection connection, ulong callId, CallStreams streams);

    /// <summary>Begins its work after the call has been sent.</summary>
    public virtual void Start(ClientConnection connection, ulong callId, CallStreams streams)
    {
    }
}
