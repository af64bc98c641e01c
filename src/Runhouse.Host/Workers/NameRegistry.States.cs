using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>What the store has of named objects: the states of those that keep theirs, and which ones were there.</content>
internal sealed partial class NameRegistry
{
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

        foreach (StoredObject stored in all)
        {
            if (stored is { KeepsState: true, Problem: null })
            {
                lock (_gate)
                    _objects[stored.Name] = new NamedObject(stored, Worker: null);
            }
            else
            {
                Lose(stored, "with its host, which ended and was started again");
            }
        }
    }

    /// <summary>From now on workers end because their host does.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Keeps an object's state; answers why that was not possible, or null.</summary>
    public string? Keep(Worker worker, KeepState request)
    {
        string? problem = request.Error;
        try
        {
            if (request.File is { } file)
            {
                byte[] state = folders.TakeState(file);
                if (state.Length > settings.Limits.MaxStateBytes)
                    problem = $"its state has {state.Length} bytes, and {settings.Limits.MaxStateBytes} are kept at most";
                else
                    table.Keep(request.Name, request.ObjectId, state);
            }
        }
        catch (Exception error) when (error is HostRefusal or IOException or UnauthorizedAccessException)
        {
            problem = error.Message;
        }

        SetProblem(request.Name, request.ObjectId, problem);
        if (problem is null)
            return null;
        problem = worker.Environment?.Redactor?.Redact(problem) ?? problem;
        LogNotKept(request.Name, worker.Id, problem);
        Try(request.Name, () => table.Doubt(request.Name, request.ObjectId, problem));
        return problem;
    }

    /// <summary>Deletes what a worker gave of an object that did not get its name.</summary>
    /// <param name="file">The file.</param>
    public void Discard(string file) => folders.RemoveState(file);

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
    private string? Note(NamedObject reserved, string? construction)
    {
        try
        {
            table.Put(reserved.Stored, construction is null ? null : folders.TakeState(construction));
            return null;
        }
        catch (Exception error) when (error is HostRefusal or IOException or UnauthorizedAccessException)
        {
            LogNotNoted(reserved.Name, error.Message);
            if (construction is null)
                return null;
            lock (_gate)
            {
                if (_objects.TryGetValue(reserved.Name, out NamedObject? known) && known == reserved)
                    _objects.Remove(reserved.Name);
            }

            return $"The state of '{reserved.Name}' cannot be kept: {error.Message}";
        }
    }

    private void SetProblem(string name, ulong objectId, string? problem)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out NamedObject? named) && named.ObjectId == objectId)
                _objects[name] = named with { Stored = named.Stored with { Problem = problem } };
        }
    }

    private void Forget(string name, ulong objectId) => Try(name, () => table.Remove(name, objectId));

    private void Lose(StoredObject stored, string cause)
    {
        if (stored.Problem is { } problem)
            cause = $"{cause}, and its latest state was not kept: {problem.TrimEnd('.')}";
        LogLost(stored.Name, stored.TypeName, cause);
        Try(stored.Name, () => table.Lose(stored.Name, stored.ObjectId, cause));
    }

    private void Try(string name, Action write)
    {
        try
        {
            write();
        }
        catch (HostRefusal refusal)
        {
            LogNotNoted(name, refusal.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The state of the remote object '{Name}' in worker {Worker} is not kept, and would be lost with the worker: {Reason}")]
    private partial void LogNotKept(string name, string worker, string reason);

    [LoggerMessage(LogLevel.Warning, "The remote object '{Name}' ({Type}) is lost {Cause}")]
    private partial void LogLost(string name, string type, string cause);

    [LoggerMessage(LogLevel.Error, "What becomes of the remote object '{Name}' cannot be noted in the host's store: {Reason}")]
    private partial void LogNotNoted(string name, string reason);

    [LoggerMessage(LogLevel.Error, "What a former host has left of named objects cannot be taken up: {Reason}")]
    private partial void LogNotResumed(string reason);
}
