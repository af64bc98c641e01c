using System.IO.Pipelines;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// What a session's frames go over: an ordered stream of bytes in each direction that survives the connections which carry it. Each side
/// counts what it has taken, and the other keeps what is beyond; on a new connection both say their counts and go on from there.
/// </summary>
internal sealed class ResumableTransport : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private volatile Carrier? _carrier;
    private Carrier _last;
    private TaskCompletionSource<Carrier?>? _next;
    private ITimer? _graceTimer;
    private TimeSpan _grace;
    private Exception? _loss;
    private volatile bool _isStopped;
    private volatile bool _hasEnded;
    private bool _isLastCarrier;

    /// <summary>Begins a session on its first connection.</summary>
    /// <param name="pipes">The connection, behind the handshake; disposed with the transport.</param>
    /// <param name="maxUnacknowledgedBytes">How much output may be kept for the far side.</param>
    /// <param name="time">The clock.</param>
    public ResumableTransport(IDuplexPipe pipes, long maxUnacknowledgedBytes, TimeProvider time)
    {
        _time = time;
        _carrier = _last = new Carrier(pipes, 0);
        Input = new ResumableReader(this);
        Output = new RetainingWriter(this, Math.Max(maxUnacknowledgedBytes, ResumableReader.SharedAcknowledgeBytes));
    }

    /// <summary>What comes.</summary>
    public ResumableReader Input { get; }

    /// <summary>What goes.</summary>
    public RetainingWriter Output { get; }

    /// <summary>The connection; null while there is none.</summary>
    public Carrier? Carrier => _carrier;

    /// <summary>Whether the reader has been told to stop.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Whether there will be no more connection.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Told when there is a new connection, or much has been acknowledged.</summary>
    public Action? Attached { get; set; }

    /// <summary>Told when the connection is lost and another one may follow.</summary>
    public Action<Exception?>? Lost { get; set; }

    /// <summary>From now on the session outlives its connections.</summary>
    /// <param name="grace">For how long; zero or less for not at all.</param>
    public void Outlive(TimeSpan grace)
    {
        lock (_lock)
            _grace = grace;
    }

    /// <summary>The session ends with the connection that it has: one side has said goodbye.</summary>
    public void EndWithCarrier()
    {
        lock (_lock)
            _isLastCarrier = true;
    }

    /// <summary>Gives up the connection, if there is one; ends when nothing more comes from it, so that what has been received stands.</summary>
    public Task DetachAsync()
    {
        Carrier last;
        lock (_lock)
            last = _last;
        OnFailed(last, null);
        return last.Left;
    }

    /// <summary>Goes on over a new connection; false when the session has ended or the far side's count is impossible.</summary>
    /// <param name="pipes">The connection, behind the handshake; the transport's from now on if this returns true.</param>
    /// <param name="received">How much the far side has received.</param>
    public bool TryAttach(IDuplexPipe pipes, long received)
    {
        lock (_lock)
        {
            if (_hasEnded || _carrier is not null || received < Output.Acknowledged || !Output.Acknowledge(received))
                return false;
            var carrier = new Carrier(pipes, received);
            (_carrier, _last) = (carrier, carrier);
            _graceTimer?.Dispose();
            _graceTimer = null;
            _next?.TrySetResult(carrier);
            _next = null;
        }

        Attached?.Invoke();
        return true;
    }

    /// <summary>Ends the session.</summary>
    /// <param name="loss">Why.</param>
    public void Fail(Exception? loss)
    {
        Carrier? carrier;
        lock (_lock)
        {
            carrier = _carrier;
            End(loss);
        }

        carrier?.Abort();
    }

    /// <summary>A connection failed, or did not show any life.</summary>
    /// <param name="carrier">The connection.</param>
    /// <param name="cause">What happened; null when the far side closed it.</param>
    public void OnFailed(Carrier carrier, Exception? cause)
    {
        bool isLost = false;
        lock (_lock)
        {
            if (ReferenceEquals(_carrier, carrier))
            {
                _carrier = null;
                if (_isLastCarrier || _grace <= TimeSpan.Zero || _isStopped)
                {
                    End(cause);
                }
                else if (!_hasEnded)
                {
                    isLost = true;
                    _graceTimer = _time.CreateTimer(OnGraceOver, cause, _grace, Timeout.InfiniteTimeSpan);
                }
            }
        }

        carrier.Abort();
        if (isLost)
            Lost?.Invoke(cause);
    }

    /// <summary>Stops the reader where it is.</summary>
    public void StopReading()
    {
        Carrier? carrier;
        lock (_lock)
        {
            _isStopped = true;
            carrier = _carrier;
            _next?.TrySetResult(null);
            _next = null;
        }

        carrier?.Input.CancelPendingRead();
    }

    /// <summary>The connection, or the next one; null when there is none any more.</summary>
    public ValueTask<Carrier?> NextCarrierAsync()
    {
        lock (_lock)
        {
            if (_isStopped)
                return default;
            if (_hasEnded)
                return _loss is null ? default : ValueTask.FromException<Carrier?>(_loss);
            if (_carrier is { } carrier)
                return new(carrier);
            _next ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_next.Task);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Fail(null);
        await _last.Closed.ConfigureAwait(false);
    }

    private void OnGraceOver(object? cause)
    {
        lock (_lock)
        {
            if (_carrier is null && _graceTimer is not null)
                End((Exception?)cause ?? new IOException("The far side closed the connection."));
        }
    }

    private void End(Exception? loss)
    {
        if (_hasEnded)
            return;
        (_hasEnded, _loss, _carrier) = (true, loss, null);
        _graceTimer?.Dispose();
        _graceTimer = null;
        if (loss is null)
            _next?.TrySetResult(null);
        else
            _next?.TrySetException(loss);
        _next = null;
    }
}
