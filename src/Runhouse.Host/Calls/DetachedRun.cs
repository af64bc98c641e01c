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

    /// <summary>Ends once the call is in its worker, has ended without, or waits for its image, as it may for ever.</summary>
    public Task Entered => _entered.Task;

    /// <summary>Ends once the call has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Who cancelled it; null while nobody did.</summary>
    public string? CancelledBy { get; private set; }

    /// <summary>Whether it waits for its image to be applied.</summary>
    public bool WaitsForImage => Volatile.Read(ref _waitsForImage);

    /// <summary>Whether a former host has recorded it.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether it has ended with a former host, which is only to be noted.</summary>
    public bool IsOver { get; init; }

    /// <summary>The call is in its worker: its object stays until it has ended.</summary>
    public void Enter() => _entered.TrySetResult();

    /// <summary>Its image is not applied: whoever has made it is not to wait for that. If it is of an object, that is one that stays by its name.</summary>
    public void WaitForImage()
    {
        Volatile.Write(ref _waitsForImage, true);
        _entered.TrySetResult();
    }

    /// <summary>Its image is applied.</summary>
    public void GoOn() => Volatile.Write(ref _waitsForImage, false);

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
