namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>How long a login may take. What a person takes to answer does not count.</summary>
internal sealed class Patience : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private readonly Lock _gate = new();
    private TimeSpan _left;
    private long _started;

    /// <summary>Begins.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="time">The clock.</param>
    public Patience(TimeSpan limit, TimeProvider time)
    {
        (Limit, _time, _left, _started) = (limit, time, limit, time.GetTimestamp());
        _end = new CancellationTokenSource(limit, time);
    }

    /// <summary>How long it may take.</summary>
    public TimeSpan Limit { get; }

    /// <summary>Is cancelled when the time is over.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>The time that is left, at least a millisecond.</summary>
    public TimeSpan Left
    {
        get
        {
            TimeSpan left = _left - _time.GetElapsedTime(_started);
            return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
        }
    }

    /// <summary>Asks a person.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="ask">Waits for the answer.</param>
    public T Ask<T>(Func<T> ask)
    {
        lock (_gate)
        {
            _left = Left;
            _end.CancelAfter(Timeout.InfiniteTimeSpan);
            try
            {
                return ask();
            }
            finally
            {
                _started = _time.GetTimestamp();
                _end.CancelAfter(_left);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();
}
