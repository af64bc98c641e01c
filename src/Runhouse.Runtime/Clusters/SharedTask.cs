namespace Runhouse.Runtime.Clusters;

/// <summary>
/// Work that many callers need and one does: all wait for the one attempt that is pending. A failed attempt is not kept, nor a result
/// that is no longer good. A caller that stops waiting does not stop the work for the others.
/// </summary>
/// <typeparam name="T">The result.</typeparam>
/// <param name="isGood">Whether a result can still be used.</param>
internal sealed class SharedTask<T>(Func<T, bool> isGood)
{
    private readonly Lock _gate = new();
    private Task<T>? _task;

    /// <summary>The result, from the attempt that is pending, from the last one, or from a new one.</summary>
    /// <param name="work">Makes the result.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> GetAsync(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        Task<T> task;
        lock (_gate)
        {
            if (_task is null || (_task.IsCompleted && !(_task.IsCompletedSuccessfully && isGood(_task.Result))))
            {
                // On the pool, so that the lock is not held while the work runs, and no caller's context or flow is caught in it.
                using AsyncFlowControl flow = ExecutionContext.SuppressFlow();
                _task = Task.Run(() => work(CancellationToken.None), CancellationToken.None);
            }

            task = _task;
        }

        return task.WaitAsync(cancellationToken);
    }
}
