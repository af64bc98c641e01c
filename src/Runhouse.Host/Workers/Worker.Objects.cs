using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>Named objects: their names, their states, and those that it gives away and takes over.</content>
internal sealed partial class Worker
{
    /// <summary>How long an object may take over giving its state, where its worker goes on.</summary>
    private static readonly TimeSpan StatePatience = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker may take over the rest: what it has given is written, and those of other objects before it.</summary>
    private static readonly TimeSpan KeepPatience = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastStateFile;

    // Those that are being kept, and one for the control line, over which they come.
    private int _keeping = 1;
    private int _restorations;

    /// <summary>Ends once nothing more comes of it: it has ended, and the states that it had given are kept.</summary>
    public Task Silent => _silent.Task;

    /// <summary>Has the calls of an object wait, and its state kept once those in flight have ended; <see cref="LetGo"/> ends that, also where it fails.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="patience">How long the calls in flight may take; giving the state has its own time behind them.</param>
    /// <param name="isFinal">Whether the worker ends: the state is kept even when they take longer, and has to be given within as much time again.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why it did not; null when it did.</returns>
    public Task<string?> HoldAsync(ulong objectId, TimeSpan patience, bool isFinal, CancellationToken cancellationToken) => DoAsync<ObjectHeld>(
        number => new HoldObject(number, objectId, patience.TotalSeconds, isFinal), patience + (isFinal ? patience : StatePatience) + KeepPatience, cancellationToken);

    /// <summary>An object that was held goes on, or has moved to another worker.</summary>
    public void LetGo(ulong objectId, bool hasMoved) => Send(new LetObjectGo(objectId, hasMoved));

    /// <summary>Makes an object again. That takes as long as its constructor does: a worker that hangs is ended, and one that does not is busy with it.</summary>
    /// <param name="named">The object.</param>
    /// <param name="construction">What its constructor was called with.</param>
    /// <param name="state">Its state; null when none was kept yet.</param>
    /// <param name="folders">Where the files for it go.</param>
    /// <param name="cancellationToken">Stops waiting, and has the worker drop it.</param>
    /// <returns>Why it did not; null when it did.</returns>
    /// <exception cref="IOException">The files cannot be written.</exception>
    public async Task<string?> RestoreAsync(NamedObject named, byte[] construction, byte[]? state, HostFolders folders, CancellationToken cancellationToken)
    {
        string prefix = $"{Id}-host-{Interlocked.Increment(ref _lastStateFile)}";
        var files = new List<string>();
        bool isMade = false;
        Interlocked.Increment(ref _restorations);
        try
        {
            files.Add(folders.PutState($"{prefix}-construction", construction));
            if (state is not null)
                files.Add(folders.PutState(prefix, state));
            string? error = await DoAsync<ObjectRestored>(
                number => new RestoreObject(number, named.ObjectId, named.Name, named.TypeName, files[0], files.ElementAtOrDefault(1)), Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            isMade = error is null;
            return error;
        }
        finally
        {
            Interlocked.Decrement(ref _restorations);
            if (!isMade)
            {
                // It may come to its end yet: then the object is nobody's.
                Send(new DropObject(named.ObjectId));
                files.ForEach(folders.RemoveState);
            }
        }
    }

    /// <summary>A text of the worker without the secrets that it was given.</summary>
    public string Redact(string text) => Environment?.Redactor?.Redact(text) ?? text;

    private string Silence() => _exit is { } exit ? $"its worker ended with {exit}" : "its worker does not answer";

    // Has it do something; the result is why it did not, or null.
    private async Task<string?> DoAsync<T>(Func<long, HostToWorkerMessage> deed, TimeSpan patience, CancellationToken cancellationToken)
        where T : class, IWorkerDeed
    {
        T? done = await Questions.AskAsync<T>(deed, cancellationToken, patience).ConfigureAwait(false);
        return done is null ? Silence() : done.Error is { } error ? Redact(error) : null;
    }

    // Not on the control line's own thread: a large state takes the disk a while.
    private void BeginKeep(KeepState request)
    {
        Interlocked.Increment(ref _keeping);
        _ = Task.Run(() => Keep(request));
    }

    private void Keep(KeepState request)
    {
        // The next one of the object comes behind the answer, whatever happens here.
        string? problem = "the host failed at keeping it";
        try
        {
            problem = _names.Keep(this, request);
        }
        catch (Exception exception)
        {
            LogKeepFailed(Id, request.Name, exception);
        }
        finally
        {
            Send(new StateKept(request.RequestId, problem));
            EndKeeping();
        }
    }

    private void EndKeeping()
    {
        if (Interlocked.Decrement(ref _keeping) > 0)
            return;
        Clear("the states that it had not given yet", () => _names.DiscardAllOf(this));
        _silent.TrySetResult();
    }

    [LoggerMessage(LogLevel.Error, "The state of the remote object '{Name}' in worker {Id} is not kept, since this host failed at it; it is tried again behind the object's next call")]
    private partial void LogKeepFailed(string id, string name, Exception exception);
}
