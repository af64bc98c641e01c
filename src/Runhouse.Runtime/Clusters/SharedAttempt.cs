namespace Runhouse.Runtime.Clusters;

/// <summary>One attempt at the work of a <see cref="SharedTask{T}"/>: who waits for it, and whether it is worth going on when nobody does.</summary>
internal sealed class SharedAttempt
{
    private readonly Lock _gate = new();
    private readonly Action _cancel;
    private bool _isKept;
    private bool _isAbandoned;
    private int _waiters;

    /// <summary>Begins, with nobody who waits.</summary>
    /// <param name="isKept">Whether it goes on without anybody, from its beginning to its end.</param>
    public SharedAttempt(bool isKept)
    {
        // Without a timer and without a handle it needs no disposal, which would have to come behind the last who cancels it.
        var stop = new CancellationTokenSource();
        (_isKept, _cancel, Token) = (isKept, stop.Cancel, stop.Token);
    }

    /// <summary>Is cancelled when nobody waits for the attempt any more and it is not kept.</summary>
    public CancellationToken Token { get; }

    /// <summary>Begins to wait; false when it is about to end without a result.</summary>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_isAbandoned)
                return false;
            _waiters++;
            return true;
        }
    }

    /// <summary>Stops waiting, with or without the result.</summary>
    public void Leave()
    {
        lock (_gate)
            _waiters--;
        CancelIfAbandoned();
    }

    /// <summary>Does a part of the work that is worth its end also when nobody waits any more: the next caller has it. When it fails, what follows is for those who still wait.</summary>
    /// <typeparam name="TResult">The part's result.</typeparam>
    /// <param name="part">The part.</param>
    public async Task<TResult> FinishAsync<TResult>(Func<Task<TResult>> part)
    {
        bool before;
        lock (_gate)
            (before, _isKept) = (_isKept, true);
        try
        {
            return await part().ConfigureAwait(false);
        }
        catch
        {
            lock (_gate)
                _isKept = before;
            CancelIfAbandoned();
            throw;
        }
    }

    private void CancelIfAbandoned()
    {
        lock (_gate)
        {
            if (_waiters > 0 || _isKept || _isAbandoned)
                return;
            _isAbandoned = true;
        }

        _cancel();
    }
}
