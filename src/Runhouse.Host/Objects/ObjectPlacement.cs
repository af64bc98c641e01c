using System.Collections.Concurrent;
using Runhouse.Host.Calls;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Objects;

/// <summary>
/// Finds named objects. One whose state is kept is served by the current version of its application: it moves there when somebody asks for it, and is made again there when its worker or its
/// host has ended. If that version does not take it, the version that had it last goes on with it.
/// </summary>
internal sealed partial class ObjectPlacement(
    NameRegistry names,
    ObjectTable table,
    WorkerPool workers,
    DeploymentStore deployments,
    CurrentVersions versions,
    ImageEnvironments environments,
    HostFolders folders,
    HostSettings settings,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ObjectPlacement> log)
{
    /// <summary>How long it is remembered that an object was lost.</summary>
    private static readonly TimeSpan LostKept = TimeSpan.FromDays(7);

    // One at a time for each object: it is in one worker.
    private readonly ConcurrentDictionary<ulong, SemaphoreSlim> _gates = [];
    private readonly ConcurrentDictionary<(ulong ObjectId, string Deployment), bool> _refused = [];

    /// <summary>Finds an object, and brings it where it belongs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Stops waiting; a move that has begun goes on.</param>
    /// <returns>The object, in a worker.</returns>
    /// <exception cref="HostRefusal">There is no such object, it was lost, or it could not be brought where it belongs; the message says where it is.</exception>
    public async Task<NamedObject> FindAsync(string name, ObjectCaller caller, CancellationToken cancellationToken)
    {
        while (true)
        {
            // What is said of one that is not there is in the store: not on the thread that has read the request.
            NamedObject named = names.Find(name) ?? await Task.Run(() => names.Get(name), cancellationToken).ConfigureAwait(false);
            if (!named.Stored.KeepsState)
                return named;
            var move = new Move(named, deployments.Use(named.Stored.Deployment), TargetOf(named, caller));
            if (move.IsDone)
            {
                move.Holder!.Touch();
                return named;
            }

            // Nothing of the object waits for the worker's start, nor for what that needs.
            Worker worker = await ConnectAsync(move, caller, cancellationToken).ConfigureAwait(false);
            if (await Task.Run(() => BringAsync(move, caller, worker), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false) is { } brought)
                return brought;
        }
    }

    /// <summary>Keeps the states of all objects as they are, since the host stops: calls that come from now on are not taken any more.</summary>
    public async Task SaveAllAsync()
    {
        names.Stop();
        await Task.WhenAll(names.Kept().Where(static named => named.Worker is not null).Select(SaveAsync)).ConfigureAwait(false);
    }

    /// <summary>Forgets objects that were lost long ago, and what is known here of those that are gone.</summary>
    public void Sweep()
    {
        table.RemoveLostBefore(time.GetUtcNow() - LostKept);
        HashSet<ulong> there = [.. names.Kept().Select(static named => named.ObjectId)];
        foreach (ulong gone in _gates.Keys.Where(id => !there.Contains(id)))
            _gates.TryRemove(gone, out _);
        foreach ((ulong ObjectId, string Deployment) gone in _refused.Keys.Where(refused => !there.Contains(refused.ObjectId)))
            _refused.TryRemove(gone, out _);
    }

    private async Task SaveAsync(NamedObject named)
    {
        // Never released: from now on it moves no more. A move that was under way has been given up by now.
        bool isStill = await GateOf(named).WaitAsync(settings.StopTimeout).ConfigureAwait(false);
        if (names.Find(named.Name) is not { Worker: { } worker } last || last.ObjectId != named.ObjectId)
            return;

        // As much for the calls in flight as they are given anyway.
        string? problem = isStill ? await worker.HoldAsync(named.ObjectId, settings.StopTimeout, isFinal: true, CancellationToken.None).ConfigureAwait(false) : "it is on its way to another worker";
        if (problem is not null && worker.State != WorkerState.Ended)
            names.Doubt(last, problem);
    }

    /// <summary>Brings an object into a worker; null when anything has changed since that was decided.</summary>
    private async Task<NamedObject?> BringAsync(Move planned, ObjectCaller caller, Worker worker)
    {
        SemaphoreSlim gate = GateOf(planned.Named);
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            NamedObject named = names.Get(planned.Named.Name);
            if (named.ObjectId != planned.Named.ObjectId || named.Stored.Deployment != planned.Named.Stored.Deployment || worker.State != WorkerState.Serving)
                return null;
            var move = new Move(named, planned.Own, TargetOf(named, caller));
            return move.Target.Id != planned.Target.Id || move.IsDone ? null : await PutAsync(move, worker).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
        finally
        {
            gate.Release();
        }
    }

    private SemaphoreSlim GateOf(NamedObject named) => _gates.GetOrAdd(named.ObjectId, static _ => new SemaphoreSlim(1, 1));

    /// <summary>Which version an object belongs to: the current one, unless that has refused it and somebody else asks.</summary>
    private Deployment TargetOf(NamedObject named, ObjectCaller caller)
    {
        string application = named.Stored.Application;
        Deployment? own = deployments.Use(named.Stored.Deployment);
        Deployment? build = caller.Build?.Manifest.Application == application ? caller.Build : null;
        Deployment? current = build is not null && versions.IsNew(build) ? build
            : versions.Of(application).Current is { } id ? deployments.Use(id) : null;
        bool isRefused = current is not null && current.Id != build?.Id && _refused.ContainsKey((named.ObjectId, current.Id));
        return (isRefused ? own : current ?? own) ?? throw HostRefusal.NotFound(
            $"This host no longer has deployment {named.Stored.Deployment} of {application}, in which '{named.Name}' was. Run the program that has its class, which deploys it.");
    }

    private async Task<Worker> ConnectAsync(Move move, ObjectCaller caller, CancellationToken cancellationToken)
    {
        (NamedObject named, Deployment target) = (move.Named, move.Target);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            // What the holder has may be the very thing that is waited for, and it serves meanwhile.
            WorkerDemand demand = DemandOf(named, target, caller);
            demand = move.Holder is null ? demand : demand with { Wait = TimeSpan.Zero };

            // Its ticket is not used, and keeps the worker from being ended while the object is on its way to it.
            return (await workers.ConnectAsync(target, demand, LiveCalls.OwnCaller, stop.Token).ConfigureAwait(false)).Worker;
        }
        catch (HostRefusal refusal) when (!move.IsReturn && refusal.Code != HostErrorCode.NoEnvironment)
        {
            _refused[(named.ObjectId, target.Id)] = true;
            throw new HostRefusal(refusal.Status, refusal.Code, $"The remote object '{named.Name}' could not be brought to deployment {target.Id[..12]}: {refusal.Message}{move.Former}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw HostRefusal.Stopping();
        }
    }

    private async Task<NamedObject> PutAsync(Move move, Worker worker)
    {
        (NamedObject named, Deployment target) = (move.Named, move.Target);
        NamedObject? moved = null;
        string? problem;
        try
        {
            problem = await RestoreAsync(move, worker).ConfigureAwait(false);
            if (problem is null)
                moved = names.Move(named, worker);
        }
        finally
        {
            // Whatever went wrong on the way: the calls that wait go on.
            move.Holder?.LetGo(named.ObjectId, hasMoved: moved is not null);
        }

        if (moved is not null)
        {
            // Only now: a version that does not take the object takes nobody's place by it.
            versions.Add(target);
            _refused.TryRemove((named.ObjectId, target.Id), out _);
            LogPut(named.Name, worker.Id, target.Id);
            return moved;
        }

        if (problem is null)
        {
            worker.Send(new DropObject(named.ObjectId));
            throw HostRefusal.NotFound($"The remote object '{named.Name}' was deleted or replaced, or its worker ended, just when it was asked for. Ask again.");
        }

        if (!move.IsReturn)
            _refused[(named.ObjectId, target.Id)] = true;
        LogNotPut(named.Name, target.Id, problem);
        string next = move.IsReturn ? " Its state stays kept; correct the cause, and ask again."
            : move.Former.Length > 0 ? move.Former + " Correct the new version, and run it again."
            : " Its state stays kept, and whoever asks next gets it in the version that had it last. Correct the new version, and run it again.";
        throw NotPut(move, problem, next);
    }

    private async Task<string?> RestoreAsync(Move move, Worker worker)
    {
        NamedObject named = move.Named;
        string? problem = move.Holder is null ? null : await move.Holder.HoldAsync(named.ObjectId, settings.HandOverPatience, isFinal: false, lifetime.ApplicationStopping).ConfigureAwait(false);
        if (problem is not null && move.Holder!.State != WorkerState.Ended)
            return $"it was not given away: {problem}";
        if ((named.Worker ?? named.Last) is { State: WorkerState.Ended } ended)
            await ended.Silent.WaitAsync(lifetime.ApplicationStopping).ConfigureAwait(false);
        if (table.Find(named.Name, named.ObjectId) is not { } kept)
            return "its state is not in the host's store any more";
        try
        {
            return await worker.RestoreAsync(named, kept.Construction, kept.State, folders, lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No fault of the version: it may be asked for again.
            throw NotPut(move, $"its state cannot be handed over: {error.Message}", $"{(move.Former.Length > 0 ? move.Former : " Its state stays kept.")} Look for the cause (a full disk, a folder that is gone), then ask again.");
        }
    }

    private static HostRefusal NotPut(Move move, string problem, string next) => new(
        StatusCodes.Status409Conflict,
        HostErrorCode.Snapshot,
        $"The remote object '{move.Named.Name}' could not be brought to deployment {move.Target.Id[..12]} of {move.Target.Manifest.Application}: {problem.TrimEnd('.')}.{next}");

    // A build says itself what it needs. An environment ends with its host: what is remembered is its image.
    private WorkerDemand DemandOf(NamedObject named, Deployment target, ObjectCaller caller)
    {
        WorkerDemand stored = WorkerDemand.Read(named.Stored.Place!, settings);
        if (caller.Build?.Id == target.Id)
            return caller.Demand.Process is null ? caller.Demand with { Process = stored.Process, Variables = stored.Variables } : caller.Demand;
        return named.Stored.Image is { } image ? stored with { Environment = environments.GetLatest(image).Id } : stored;
    }

    [LoggerMessage(LogLevel.Information, "The remote object '{Name}' is in worker {Worker} of deployment {Deployment} now")]
    private partial void LogPut(string name, string worker, string deployment);

    [LoggerMessage(LogLevel.Error, "The remote object '{Name}' could not be brought to deployment {Deployment}: {Reason}")]
    private partial void LogNotPut(string name, string deployment, string reason);

    /// <summary>An object, and where it belongs.</summary>
    /// <param name="Named">The object.</param>
    /// <param name="Own">The version that had it last; null when this host has that no longer.</param>
    /// <param name="Target">The version that it belongs to.</param>
    private sealed record Move(NamedObject Named, Deployment? Own, Deployment Target)
    {
        /// <summary>The worker that has it; null for none.</summary>
        public Worker? Holder { get; } = Named.Worker is { State: not WorkerState.Ended } holder ? holder : null;

        public bool IsDone => Holder?.Deployment?.Id == Target.Id;

        /// <summary>Whether it stays in its version.</summary>
        public bool IsReturn => Target.Id == Own?.Id;

        /// <summary>What is said of the version that has it, should it not get where it belongs.</summary>
        public string Former => Own is null || Holder is null ? "" : $" It stays in deployment {Own.Id[..12]}, which goes on serving it.";
    }
}
