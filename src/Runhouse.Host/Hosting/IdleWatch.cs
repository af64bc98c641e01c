namespace Runhouse.Host.Hosting;

/// <summary>Knows since when the host has had nothing to do: no request, no session, no call, no named object.</summary>
internal sealed class IdleWatch(TimeProvider time)
{
    private int _requests;
    private long _lastBusy = time.GetTimestamp();
    private long _keptUntil;

    public void RequestBegins() => Interlocked.Increment(ref _requests);

    public void RequestEnds()
    {
        Volatile.Write(ref _lastBusy, time.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>Until when the host is kept up whether it has work or not; null when it is not.</summary>
    public DateTimeOffset? KeptUntil
    {
        get
        {
            var until = new DateTimeOffset(Volatile.Read(ref _keptUntil), TimeSpan.Zero);
            return until > time.GetUtcNow() ? until : null;
        }
    }

    /// <summary>Keeps the host up; a later word replaces an earlier one.</summary>
    public void Keep(TimeSpan duration)
    {
        DateTimeOffset now = time.GetUtcNow();
        Volatile.Write(ref _keptUntil, (duration < DateTimeOffset.MaxValue - now ? now + duration : DateTimeOffset.MaxValue).UtcTicks);
    }

    /// <summary>How long nothing has been observed; the request that asks does not count.</summary>
    public TimeSpan Idle => time.GetElapsedTime(Volatile.Read(ref _lastBusy));

    /// <summary>How long the host has been idle.</summary>
    /// <param name="hasWork">Whether a worker has sessions or calls, or a named object exists.</param>
    public TimeSpan Observe(bool hasWork)
    {
        if (hasWork || KeptUntil is not null || Volatile.Read(ref _requests) > 0)
            Volatile.Write(ref _lastBusy, time.GetTimestamp());
        return time.GetElapsedTime(Volatile.Read(ref _lastBusy));
    }
}
