namespace Runhouse.Protocol.Connections;

/// <summary>What is in flight in a worker over all its connections. Thread-safe.</summary>
public sealed class WorkerBudget
{
    private long _calls;
    private long _bytes;

    /// <summary>Counts a call in; false when there are as many as there may be.</summary>
    /// <param name="limits">How many that is.</param>
    internal bool TryEnter(WireLimits limits)
    {
        if (Interlocked.Increment(ref _calls) <= limits.MaxWorkerCallsInFlight)
            return true;
        Interlocked.Decrement(ref _calls);
        return false;
    }

    /// <summary>A call has ended.</summary>
    internal void Exit() => Interlocked.Decrement(ref _calls);

    /// <summary>Counts a body in; false when there would be more bytes than there may be.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="limits">How many that is.</param>
    internal bool TryTake(long bytes, WireLimits limits)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= limits.MaxWorkerBytesInFlight)
            return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>A body is gone.</summary>
    internal void Give(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
