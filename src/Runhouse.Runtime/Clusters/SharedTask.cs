namespace Runhouse.Runtime.Clusters;

/// <summary>
/// Work that many callers need and one does: all wait for the one attempt that is pending. A failed attempt is not kept, nor a result
/// that is no longer good. A caller that stops waiting does not stop the work for the others.
/// </summary>
/// <typeparam name="T">The result.</typeparam>
/// <param name="isGood">Whether a result can still be used.</param>
/// <param name="endsWithWaiters">
/// Whether the work is cancelled when the last one has stopped waiting for it: what costs money or keeps something busy. Else it goes on, and the next caller has its result.
/// </param>
internal sealed class SharedTask<T>(Func<T, bool> isGood, bool endsWithWaiters = false)
{
    private readonly Lock _gate = new();
    private SharedAttempt? _attempt;
    private Task<T>? _task;

    /// <summary>The result, from the attempt that is pending, from the last one, or from a new one.</summary>
    /// <param name="work">Makes the result.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> GetAsync(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) => GetInPartsAsync(attempt => work(attempt.Token), cancellationToken);

    /// <summary>The result, from the attempt that is pending, from the last one, or from a new one.</summary>
    /// <param name="work">Makes the result; it says which part of it is worth its end.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> GetInPartsAsync(Func<SharedAttempt, Task<T>> work, CancellationToken cancellationToken)
    {
        SharedAttempt attempt;
        Task<T> task;
        lock (_gate)
        {
            if (_task is { IsCompletedSuccessfully: true } && isGood(_task.Result))
                return _task.WaitAsync(cancellationToken);
            if (_task is null || _task.IsCompleted || !_attempt!.TryJoin())
            {
                var begun = new SharedAttempt(isKept: !endsWithWaiters);
                begun.TryJoin();

                // On the pool, so that the lock is not held while the work runs, and no caller's context or flow is caught in it.
                using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
                (_attempt, _task) = (begun, Task.Run(() => work(begun), CancellationToken.None));
            }

            (attempt, task) = (_attempt!, _task);
        }

        return WaitAsync(attempt, task, cancellationToken);
    }

    private static async Task<T> WaitAsync(SharedAttempt attempt, Task<T> task, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            attempt.Leave();
        }
    }
}
