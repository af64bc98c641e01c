namespace Runhouse.Host.Workers;

/// <summary>
/// For how long a worker has left a question unanswered. Time in which this host was not running either, or was late, does not count: a machine that was
/// suspended or overloaded must not take its workers for dead.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class Liveness(TimeProvider time)
{
    private long _lastLook = time.GetTimestamp();
    private TimeSpan _silence;
    private bool _isAsked;

    /// <summary>Whether a debugger is attached, as the worker said last.</summary>
    public bool IsDebugged { get; private set; }

    /// <summary>It has answered.</summary>
    /// <param name="isDebugged">Whether a debugger is attached.</param>
    public void OnAnswer(bool isDebugged)
    {
        lock (this)
            (_isAsked, _silence, IsDebugged) = (false, TimeSpan.Zero, isDebugged);
    }

    /// <summary>Looks once more.</summary>
    /// <param name="period">How often this is called.</param>
    /// <param name="ask">Whether the worker is to be asked: nothing is outstanding.</param>
    /// <returns>For how long it has been silent.</returns>
    public TimeSpan Look(TimeSpan period, out bool ask)
    {
        lock (this)
        {
            TimeSpan elapsed = time.GetElapsedTime(_lastLook);
            _lastLook = time.GetTimestamp();
            if (_isAsked)
                _silence += elapsed < 2 * period ? elapsed : 2 * period;
            ask = !_isAsked;
            _isAsked = true;
            return _silence;
        }
    }
}
