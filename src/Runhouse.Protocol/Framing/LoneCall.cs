namespace Runhouse.Protocol.Framing;

/// <summary>
/// Whether one call has had a connection's output to itself for a while: then much of it may lie in the socket, since nothing of another's has
/// to wait behind it, and its sender is not woken for every little room.
/// </summary>
internal struct LoneCall
{
    /// <summary>After so much without a frame of another call: half a millisecond at least, in which one that makes small calls would have made some.</summary>
    private const long EnoughBytes = 1024 * 1024;

    private ulong _callId;
    private long _bytes;

    /// <summary>Whether all that was written lately is one call's.</summary>
    public readonly bool IsAlone => _bytes >= EnoughBytes;

    /// <summary>A frame is written.</summary>
    /// <param name="callId">Its call; 0 for the connection itself, whose frames are few and small.</param>
    /// <param name="bytes">Its size.</param>
    public void Add(ulong callId, int bytes)
    {
        if (callId == 0)
            return;
        if (callId != _callId)
            (_callId, _bytes) = (callId, 0);
        _bytes += bytes;
    }
}
