using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>Named objects: their names, their states, and those that it gives away and takes over.</content>
internal sealed partial class Worker
{
    /// <summary>How long an object may take over giving its state (30 s), and a worker over the rest.</summary>
    private static readonly TimeSpan StatePatience = TimeSpan.FromSeconds(45);

    private long _lastStateFile;

    /// <summary>Has the calls of an object wait, and its state kept once those in flight have ended; <see cref="LetGo"/> ends that, also where it fails.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="patience">How long the calls in flight may take.</param>
    /// <param name="isFinal">Whether the state is kept even when they take longer, since the worker ends: then giving it may take as long again.</param>
    /// <returns>Why it did not; null when it did.</returns>
    public async Task<string?> HoldAsync(ulong objectId, TimeSpan patience, bool isFinal)
    {
        ObjectHeld? held = await Questions.AskAsync<ObjectHeld>(
            number => new HoldObject(number, objectId, patience.TotalSeconds, isFinal), CancellationToken.None, patience + (isFinal ? patience : StatePatience)).ConfigureAwait(false);
        return held is null ? Silence() : held.Error;
    }

    /// <summary>An object that was held goes on, or has moved to another worker.</summary>
    public void LetGo(ulong objectId, bool hasMoved) => Send(new LetObjectGo(objectId, hasMoved));

    /// <summary>Makes an object again.</summary>
    /// <param name="named">The object.</param>
    /// <param name="construction">What its constructor was called with.</param>
    /// <param name="state">Its state; null when none was kept yet.</param>
    /// <param name="folders">Where the files for it go.</param>
    /// <param name="patience">How long that may take.</param>
    /// <returns>Why it did not; null when it did.</returns>
    public async Task<string?> RestoreAsync(NamedObject named, byte[] construction, byte[]? state, HostFolders folders, TimeSpan patience)
    {
        long file = Interlocked.Increment(ref _lastStateFile);
        string constructionFile = folders.PutState($"{Id}-host-{file}-construction", construction);
        string? stateFile = state is null ? null : folders.PutState($"{Id}-host-{file}", state);
        ObjectRestored? restored = await Questions.AskAsync<ObjectRestored>(
            number => new RestoreObject(number, named.ObjectId, named.Name, named.TypeName, constructionFile, stateFile), CancellationToken.None, patience).ConfigureAwait(false);
        string? error = restored is null ? Silence() : restored.Error;
        if (error is null)
            return null;

        // It may come to its end yet: then the object is nobody's.
        Send(new DropObject(named.ObjectId));
        folders.RemoveState(constructionFile);
        if (stateFile is not null)
            folders.RemoveState(stateFile);
        return Environment?.Redactor?.Redact(error) ?? error;
    }

    private string Silence() => _exit is { } exit ? $"its worker ended with {exit}" : "its worker does not answer";

    private void OnObjectMessage(WorkerToHostMessage? message)
    {
        switch (message)
        {
            case ReserveName reserve:
                Send(new NameReservation(reserve.RequestId, _names.Reserve(this, reserve)));
                if (reserve.Construction is { } file)
                    _names.Discard(file);
                break;
            case ReleaseName release:
                _names.Release(this, release.Name, release.ObjectId);
                break;
            case KeepState keep:
                // Not on the line's own thread: a large state takes the disk a while.
                _ = Task.Run(() => Send(new StateKept(keep.RequestId, _names.Keep(this, keep))));
                break;
            case ObjectHeld held:
                Questions.Answer(held.RequestId, held);
                break;
            case ObjectRestored restored:
                Questions.Answer(restored.RequestId, restored);
                break;
        }
    }
}
