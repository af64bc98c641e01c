namespace Runhouse.Protocol.Connections;

/// <summary>The ids of calls in words: the same on both ends, and in every list, error and log.</summary>
public static class CallNames
{
    /// <summary>Of one call: the calls of another session in the same worker may have its number.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="callId">Its number in the session.</param>
    public static string Of(string workerId, UInt128 sessionId, ulong callId) => $"{workerId}/{(uint)sessionId:x8}-{callId:x}";

    /// <summary>The worker in which a call of that id runs; null when it is no such id.</summary>
    /// <param name="name">The id in words.</param>
    public static string? WorkerOf(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? name[..slash] : null;
    }
}
