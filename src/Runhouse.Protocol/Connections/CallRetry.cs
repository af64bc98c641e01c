using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The attempts at one call: whether there is another one after an error, and the pause before it. What the far side's code threw is an outcome and
/// never repeated.
/// </summary>
internal sealed class CallRetry
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly ConnectionTarget _target;
    private readonly RemoteMethod _method;
    private readonly TimeProvider _time;
    private readonly long _begin;
    private readonly bool _isRepeatable;
    private readonly bool _isSendable;
    private bool _hasMoved;
    private TimeSpan _pause = FirstPause;
    private int _left;

    /// <summary>Begins the time of the call.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="method">What it calls.</param>
    /// <param name="retries">How many times it may be made again.</param>
    /// <param name="arguments">What it is called with.</param>
    public CallRetry(ConnectionTarget target, RemoteMethod method, int retries, WrittenArguments arguments)
    {
        (_target, _method, _left, _time) = (target, method, retries, target.Settings.TimeProvider);
        _begin = _time.GetTimestamp();
        _isSendable = arguments.Attachments?.TrueForAll(static one => one.IsRepeatable) != false;
        _isRepeatable = method.IsIdempotent && _isSendable;
    }

    /// <summary>The time of the next attempt: the deadline is the whole call's, so that it has what the ones before have left. Null for no limit.</summary>
    public TimeSpan? TimeLeft => _target.Settings.Timeout is { } limit ? TimeLimit.Left(limit, _time.GetElapsedTime(_begin)) : null;

    /// <summary>Whether the call is made again after an error; if so, <see cref="PauseAsync"/> is next.</summary>
    /// <param name="error">What ended an attempt.</param>
    /// <param name="isSent">Whether the attempt was sent, so that it may have run.</param>
    public bool Allows(RemoteException error, bool isSent)
    {
        // It came for its object, which is elsewhere by now: nothing of it ran. What the called code has thrown has a stack.
        if (error is ObjectMovedException { Fault: { StackTrace.Length: 0 } fault } && _target.Router.IsFollowing)
        {
            _target.Router.OnMoved(fault.Worker);
            return _hasMoved = _isSendable;
        }

        bool isRefused = error is OverloadedException;
        bool isLost = error is { Fault: null } and (WorkerLostException or OutcomeUnknownException or HostUnreachableException);
        if (_left == 0 || !(isRefused || (isLost && !_target.Router.IsBound)) || (isSent && !_isRepeatable) || TimeLeft <= _pause)
            return false;
        _left--;
        return true;
    }

    /// <summary>Waits before the next attempt: longer each time, and not as long as others that failed with it.</summary>
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (_hasMoved)
        {
            _hasMoved = false;
            return;
        }

        TimeSpan pause = _pause * (0.5 + (Random.Shared.NextDouble() / 2));
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the way of the next attempt.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<CallRoute> RouteAsync(CancellationToken cancellationToken)
        => _target.Router.TryGetRoute(out CallRoute route) ? route : (await Routing.ResolveAsync(_target, _method.Name, TimeLeft, cancellationToken).ConfigureAwait(false)).Route;
}
