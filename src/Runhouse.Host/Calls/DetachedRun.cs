namespace Runhouse.Host.Calls;

/// <summary>A detached call that has not ended.</summary>
/// <param name="id">Its id.</param>
/// <param name="member">The signature of the called member.</param>
/// <param name="events">Keeps what it writes and reports.</param>
internal sealed class DetachedRun(string id, string member, CallEvents events) : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _waitsForImage;

    public string Id => id;

    public string Member => member;

    public CallEvents Events => events;

    /// <summary>Cancelled when somebody cancels the call, and when the host stops.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>Ends once the call is in its worker, or has ended without.</summary>
    public Task Entered => _entered.Task;

    /// <summary>Ends once the call has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Who cancelled it; null while nobody did.</summary>
    public string? CancelledBy { get; private set; }

    /// <summary>Whether it waits for its image to be applied.</summary>
    public bool WaitsForImage
    {
        get => Volatile.Read(ref _waitsForImage);
        set => Volatile.Write(ref _waitsForImage, value);
    }

    /// <summary>Whether it has ended with a former host, which is only to be noted.</summary>
    public bool IsOver { get; init; }

    /// <summary>The call is in its worker: its object stays until it has ended.</summary>
    public void Enter() => _entered.TrySetResult();

    public void Cancel(string by)
    {
        CancelledBy ??= by;
        _cancellation.Cancel();
    }

    /// <summary>The host stops, and the call with it.</summary>
    public void Stop() => _cancellation.Cancel();

    /// <summary>The call has ended.</summary>
    public void Dispose()
    {
        events.Dispose();
        _entered.TrySetResult();
        _ended.TrySetResult();
        _cancellation.Dispose();
    }
}
