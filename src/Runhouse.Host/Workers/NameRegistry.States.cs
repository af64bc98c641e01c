using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>What the store has of named objects: the states of those that keep theirs, and which ones were there.</content>
internal sealed partial class NameRegistry
{
    private const string Elsewhere = "the object is not in this worker any more";

    private volatile bool _isStopping;

    /// <summary>The deployments that objects come back in.</summary>
    public IEnumerable<string> Deployments() => Kept().Select(static named => named.Stored.Deployment);

    /// <summary>Takes up what a former host has left. Objects whose state is kept come back with their next use; the others are lost.</summary>
    public void Resume()
    {
        IReadOnlyList<StoredObject> all;
        try
        {
            all = table.All();
        }
        catch (HostRefusal refusal)
        {
            // No reason not to serve others.
            LogNotResumed(refusal.Message);
            return;
        }

        NamedObject[] left = [.. all.Select(static stored => new NamedObject(stored, Worker: null))];
        lock (_gate)
        {
            foreach (NamedObject named in left.Where(static named => named.IsKept))
                _objects[named.Name] = named;
        }

        StoredObject[] lost = [.. left.Where(static named => !named.IsKept).Select(static named => named.Stored)];
        if (lost.Length > 0)
            Lose(lost, "with its host, which ended and was started again");
    }

    /// <summary>Takes over an object of another host, which no worker here has.</summary>
    /// <param name="stored">The object.</param>
    /// <param name="construction">What its constructor was called with.</param>
    /// <param name="state">Its state; null when none was kept yet.</param>
    /// <exception cref="HostRefusal">Another object has its name, or it cannot be kept.</exception>
    public void TakeOver(StoredObject stored, byte[] construction, byte[]? state)
    {
        CheckName(stored.Name);
        lock (OrderOf(stored.Name))
        {
            if (Find(stored.Name) is { } known)
            {
                // Who could not wait for the answer asks once more.
                if (known.ObjectId == stored.ObjectId)
                    return;
                throw new HostRefusal(
                    StatusCodes.Status409Conflict, HostErrorCode.Snapshot, $"The name '{stored.Name}' is taken on this host by another {known.TypeName}, so that the one of the host before does not come back. Delete it first to have the former one.");
            }

            // In this order: one that is found has its state.
            table.Put(stored, construction);
            if (state is not null)
                table.Keep(stored.Name, stored.ObjectId, state);
            lock (_gate)
                _objects[stored.Name] = new NamedObject(stored, Worker: null);
        }
    }

    /// <summary>From now on workers end because their host does.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Keeps an object's state; answers why that was not possible, or null.</summary>
    public string? Keep(Worker worker, KeepState request)
    {
        string? problem = request.Error;
        bool isKept = request.IsKept;
        try
        {
            byte[]? state = request.File is { } file ? folders.TakeState(file) : null;
            if (Of(worker, request) is not { } named)
                return Elsewhere;
            if (state?.Length > settings.Limits.MaxStateBytes)
                problem = $"its state has {state.Length} bytes, and {settings.Limits.MaxStateBytes} are kept at most";
            else if (state is not null && !table.Keep(request.Name, request.ObjectId, state))
                (problem, isKept) = (NoteAgain(named), false);
        }
        catch (Exception error) when (IsOfStore(error))
        {
            problem = error.Message;
        }

        // Deleted or replaced meanwhile: that is no problem of its state.
        if (Of(worker, request) is not { } still)
            return Elsewhere;
        if (problem is null)
        {
            SetProblem(still, null);
            return null;
        }

        problem = worker.Redact(problem);
        if (!isKept)
            return Doubt(still, problem);
        LogStaysKept(still.Name, worker.Id, problem);
        return problem;
    }

    /// <summary>Notes that what is kept of an object is not its latest state, so that it does not silently go back to that.</summary>
    /// <param name="named">The object.</param>
    /// <param name="problem">Why its latest state is not kept, without secrets.</param>
    /// <returns>The problem.</returns>
    public string Doubt(NamedObject named, string problem)
    {
        SetProblem(named, problem);
        LogNotKept(named.Name, named.Worker?.Id ?? named.Last?.Id ?? "", problem);
        Try(named.Name, () => table.Doubt(named.Name, named.ObjectId, problem));
        return problem;
    }

    /// <summary>Deletes the states that a worker has left on their way.</summary>
    public void DiscardAllOf(Worker worker) => folders.RemoveStatesOf(worker.Id);

    /// <summary>An object is in another worker by now.</summary>
    /// <param name="former">The object as it was before.</param>
    /// <param name="worker">The worker that has made it again.</param>
    /// <returns>The object as it is now; null when it was deleted or replaced meanwhile, or the worker has ended: then the worker's is nobody's.</returns>
    public NamedObject? Move(NamedObject former, Worker worker)
    {
        var moved = new NamedObject(
            former.Stored with
            {
                Deployment = worker.Deployment!.Id,
                Place = worker.Demand!.ToRequest(),
                Image = worker.Environment?.Image,
                Problem = null,
            },
            worker);
        lock (_gate)
        {
            if (!_objects.TryGetValue(former.Name, out NamedObject? known) || known.ObjectId != former.ObjectId || worker.State == WorkerState.Ended)
                return null;
            _objects[former.Name] = moved;
        }

        Try(former.Name, () => table.Move(moved.Stored));
        return moved;
    }

    // Without the store, objects whose state is not kept are as good as ever, but for what is said of them after their end.
    private string? Note(NamedObject reserved, string? construction, NamedObject? former)
    {
        // A former one whose state is kept must not come back.
        if (construction is null && former is not { Stored.KeepsState: true })
        {
            table.PutSoon(reserved.Stored);
            return null;
        }

        try
        {
            table.Put(reserved.Stored, construction is null ? null : folders.TakeState(construction));
            return null;
        }
        catch (Exception error) when (IsOfStore(error))
        {
            LogNotNoted(reserved.Name, error.Message);
            return construction is null ? null : $"The state of '{reserved.Name}' cannot be kept: {error.Message}";
        }
    }

    private NamedObject? Of(Worker worker, KeepState request)
    {
        lock (_gate)
            return IsOf(worker, request.Name, request.ObjectId) ? _objects[request.Name] : null;
    }

    // Without what it was constructed with it does not come back; that it was there is noted all the same.
    private string NoteAgain(NamedObject named)
    {
        // Nor does one that was deleted just now.
        if (table.TryAdd(named.Stored) && Find(named.Name)?.ObjectId != named.ObjectId)
            table.Remove(named.Name, named.ObjectId);
        return "the host's store was damaged and set aside, and with it what the object was constructed with. Delete the object and create it again";
    }

    private void SetProblem(NamedObject named, string? problem)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(named.Name, out NamedObject? known) && known.ObjectId == named.ObjectId)
                _objects[named.Name] = known with { Stored = known.Stored with { Problem = problem } };
        }
    }

    private void Forget(NamedObject gone)
    {
        if (gone.Stored.KeepsState)
            Try(gone.Name, () => table.Remove(gone.Name, gone.ObjectId));
        else
            table.RemoveSoon(gone.Stored);
    }

    private void Lose(IReadOnlyList<StoredObject> objects, string cause)
    {
        (StoredObject Stored, string Cause)[] lost =
        [
            .. objects.Select(stored => (stored, stored.Problem is { } problem ? $"{cause}, and its latest state was not kept: {problem.TrimEnd('.')}" : cause)),
        ];
        foreach ((StoredObject stored, string why) in lost)
            LogLost(stored.Name, stored.TypeName, why);
        Try(string.Join("', '", objects.Select(static stored => stored.Name)), () => table.Lose(lost.Select(static one => (one.Stored.Name, one.Stored.ObjectId, one.Cause))));
    }

    private void Try(string name, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (IsOfStore(error))
        {
            LogNotNoted(name, error.Message);
        }
    }

    private static bool IsOfStore(Exception error) => error is HostRefusal or IOException or UnauthorizedAccessException;

    [LoggerMessage(LogLevel.Error, "The state of the remote object '{Name}' in worker {Worker} is not kept, and would be lost with the worker: {Reason}")]
    private partial void LogNotKept(string name, string worker, string reason);

    [LoggerMessage(LogLevel.Warning, "The state of the remote object '{Name}' in worker {Worker} is not kept anew: {Reason}. The one behind its last call stays kept")]
    private partial void LogStaysKept(string name, string worker, string reason);

    [LoggerMessage(LogLevel.Warning, "The remote object '{Name}' ({Type}) is lost {Cause}")]
    private partial void LogLost(string name, string type, string cause);

    [LoggerMessage(LogLevel.Error, "What becomes of the remote object '{Name}' cannot be noted in the host's store: {Reason}")]
    private partial void LogNotNoted(string name, string reason);

    [LoggerMessage(LogLevel.Error, "What a former host has left of named objects cannot be taken up: {Reason}")]
    private partial void LogNotResumed(string reason);
}
