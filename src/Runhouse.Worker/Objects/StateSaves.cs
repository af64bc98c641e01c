namespace Runhouse.Worker.Objects;

/// <summary>
/// Has an object's state saved behind its calls: one save at a time, and none sooner after the beginning of the one before than the interval. What is asked for while one runs or waits is
/// served by the next one, which takes the latest state.
/// </summary>
/// <param name="save">Saves the state as it is when it begins. What it throws is the error of those who wait.</param>
/// <param name="interval">The shortest time from one save to the next.</param>
/// <param name="time">The clock.</param>
internal sealed class StateSaves(Func<Task> save, TimeSpan interval, TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _next;
    private long? _lastBegin;
    private bool _isBusy;

    /// <summary>Something has changed: it is saved as soon as the interval allows.</summary>
    public void Request() => _ = Enqueue(isHurried: false);

    /// <summary>Saves without a pause; ends once a save has ended that began behind this.</summary>
    public Task SaveNowAsync() => Enqueue(isHurried: true);

    private Task Enqueue(bool isHurried)
    {
        Task saved;
        lock (_lock)
        {
            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            saved = _next.Task;
            if (isHurried)
                _hurry.TrySetResult();
            if (_isBusy)
                return saved;
            _isBusy = true;
        }

        // Outside the flow of the call that happened to be the last.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.RunAsync(), this, preferLocal: false);
        return saved;
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await PauseAsync().ConfigureAwait(false);
            TaskCompletionSource saved;
            lock (_lock)
            {
                (saved, _next) = (_next!, null);
                _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _lastBegin = time.GetTimestamp();
            }

            try
            {
                await save().ConfigureAwait(false);
                saved.SetResult();
            }
            catch (Exception error)
            {
                saved.SetException(error);

                // Nobody may wait for it: whoever saves has said it where it is seen.
                _ = saved.Task.Exception;
            }

            lock (_lock)
            {
                if (_next is null)
                {
                    _isBusy = false;
                    return;
                }
            }
        }
    }

    private async Task PauseAsync()
    {
        Task hurry;
        TimeSpan pause;
        lock (_lock)
        {
            hurry = _hurry.Task;
            pause = _lastBegin is { } last ? interval - time.GetElapsedTime(last) : TimeSpan.Zero;
        }

        if (pause <= TimeSpan.Zero)
            return;
        using var ended = new CancellationTokenSource();
        await Task.WhenAny(hurry, Task.Delay(pause, time, ended.Token)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
    }
}
