namespace Runhouse.Host.Hosting;

/// <summary>Knows since when the host has had nothing to do: no request, no session, no call, no named object.</summary>
internal sealed class IdleWatch(TimeProvider time)
{
    private int _requests;
    private long _lastBusy = time.GetTimestamp();

    public void RequestBegins() => Interlocked.Increment(ref _requests);

    public void RequestEnds()
    {
        Volatile.Write(ref _lastBusy, time.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>How long the host has been idle.</summary>
    /// <param name="hasWork">Whether a worker has sessions or calls, or a named object exists.</param>
    public TimeSpan Observe(bool hasWork)
    {
        if (hasWork || Volatile.Read(ref _requests) > 0)
            Volatile.Write(ref _lastBusy, time.GetTimestamp());
        return time.GetElapsedTime(Volatile.Read(ref _lastBusy));
    }
}
