namespace Runhouse.Host.Hosting;

/// <summary>
/// Knows since when the host has had nothing to do (no request, no session, no call, no named object), and lets no request in once
/// that has been so for too long: whoever is answered is answered by a host that stays.
/// </summary>
internal sealed class IdleWatch(TimeProvider time)
{
    /// <summary>How long a host that has just started waits for its first caller, who may have a way to come on a busy machine.</summary>
    private static readonly TimeSpan FirstCallerPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private int _requests;
    private bool _hasBeenUsed;
    private long _lastBusy = time.GetTimestamp();
    private DateTimeOffset _keptUntil;
    private bool _isOver;

    /// <summary>Until when the host is kept up whether it has work or not; null when it is not.</summary>
    public DateTimeOffset? KeptUntil
    {
        get
        {
            lock (_lock)
                return _keptUntil > time.GetUtcNow() ? _keptUntil : null;
        }
    }

    /// <summary>How long nothing has been observed; the request that asks does not count.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_lock)
                return time.GetElapsedTime(_lastBusy);
        }
    }

    /// <summary>Counts a request as work; false when the host is about to stop.</summary>
    public bool TryBeginRequest()
    {
        lock (_lock)
        {
            if (_isOver)
                return false;
            _requests++;
            _hasBeenUsed = true;
            return true;
        }
    }

    public void EndRequest()
    {
        lock (_lock)
        {
            _lastBusy = time.GetTimestamp();
            _requests--;
        }
    }

    /// <summary>How long it is before the host ends if nothing happens.</summary>
    /// <param name="timeout">How long it may be idle.</param>
    public TimeSpan Left(TimeSpan timeout)
    {
        lock (_lock)
            return Patience(timeout) - time.GetElapsedTime(_lastBusy);
    }

    /// <summary>Keeps the host up; a later word replaces an earlier one.</summary>
    public void Keep(TimeSpan duration)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
            _keptUntil = duration < DateTimeOffset.MaxValue - now ? now + duration : DateTimeOffset.MaxValue;
    }

    /// <summary>Lets no request in any more.</summary>
    public void End()
    {
        lock (_lock)
            _isOver = true;
    }

    /// <summary>Ends if the host has been idle for as long as it may.</summary>
    /// <param name="hasWork">Whether a worker has sessions or calls, or a named object exists.</param>
    /// <param name="timeout">How long it may; null for ever.</param>
    public bool TryEnd(bool hasWork, TimeSpan? timeout)
    {
        lock (_lock)
        {
            _hasBeenUsed |= hasWork;
            if (hasWork || _keptUntil > time.GetUtcNow() || _requests > 0)
                _lastBusy = time.GetTimestamp();
            if (timeout is not { } idle || time.GetElapsedTime(_lastBusy) < Patience(idle))
                return false;
            _isOver = true;
            return true;
        }
    }

    // Whoever has started the host has done so to call it.
    private TimeSpan Patience(TimeSpan timeout) => _hasBeenUsed || timeout > FirstCallerPatience ? timeout : FirstCallerPatience;
}
