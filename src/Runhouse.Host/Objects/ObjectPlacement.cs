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
    TimeProvider time,
    ILogger<ObjectPlacement> log)
{
    /// <summary>How long it is remembered that an object was lost.</summary>
    private static readonly TimeSpan LostKept = TimeSpan.FromDays(7);

    // One at a time for each name: an object is in one worker.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ulong ObjectId, string Deployment), bool> _refused = [];

    /// <summary>Finds an object, and brings it where it belongs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Stops waiting; what has begun goes on.</param>
    /// <returns>The object, in a worker.</returns>
    /// <exception cref="HostRefusal">There is no such object, it was lost, or it could not be brought where it belongs; the message says where it is.</exception>
    public async Task<NamedObject> FindAsync(string name, ObjectCaller caller, CancellationToken cancellationToken)
    {
        NamedObject named = names.Get(name);
        return named.Stored.KeepsState ? await Task.Run(() => BringAsync(name, caller), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false) : named;
    }

    /// <summary>Keeps the states of all objects as they are, since the host stops: calls that come from now on are not taken any more.</summary>
    public async Task SaveAllAsync()
    {
        names.Stop();
        await Task.WhenAll(names.Kept().Where(static named => named.Worker is not null).Select(named => SaveAsync(named.Name))).ConfigureAwait(false);
    }

    /// <summary>Forgets objects that were lost long ago.</summary>
    public void Sweep() => table.RemoveLostBefore(time.GetUtcNow() - LostKept);

    private async Task SaveAsync(string name)
    {
        // Never released: from now on it moves no more.
        if (!await GateOf(name).WaitAsync(settings.StopTimeout).ConfigureAwait(false))
        {
            LogNotSaved(name, "it is on its way to another worker");
            return;
        }

        // As much for the calls in flight as they are given anyway.
        if (names.Kept().FirstOrDefault(one => one.Name == name) is { Worker: { } worker } named
            && await worker.HoldAsync(named.ObjectId, settings.StopTimeout, isFinal: true).ConfigureAwait(false) is { } problem)
        {
            LogNotSaved(name, problem);
        }
    }

    private async Task<NamedObject> BringAsync(string name, ObjectCaller caller)
    {
        SemaphoreSlim gate = GateOf(name);
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            NamedObject named = names.Get(name);
            Deployment? own = deployments.Use(named.Stored.Deployment);
            Deployment target = TargetOf(named, own, caller) ?? throw HostRefusal.NotFound(
                $"This host no longer has deployment {named.Stored.Deployment} of {named.Stored.Application}, in which '{name}' was. Run the program that has its class, which deploys it.");
            if (named.Worker is { State: not WorkerState.Ended } holder)
            {
                if (holder.Deployment?.Id == target.Id)
                {
                    holder.Touch();
                    return named;
                }

                return await PutAsync(named, holder, own, target, caller).ConfigureAwait(false);
            }

            return await PutAsync(named, holder: null, own, target, caller).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private SemaphoreSlim GateOf(string name) => _gates.GetOrAdd(name, static _ => new SemaphoreSlim(1, 1));

    /// <summary>Which version an object belongs to: the current one, unless that has refused it and somebody else asks.</summary>
    private Deployment? TargetOf(NamedObject named, Deployment? own, ObjectCaller caller)
    {
        string application = named.Stored.Application;
        Deployment? build = caller.Build?.Manifest.Application == application ? caller.Build : null;
        Deployment? current = build is not null && versions.IsNew(build) ? build
            : versions.Of(application).Current is { } id ? deployments.Use(id) : null;
        bool isRefused = current is not null && current.Id != build?.Id && _refused.ContainsKey((named.ObjectId, current.Id));
        return isRefused ? own : current ?? own;
    }

    private async Task<NamedObject> PutAsync(NamedObject named, Worker? holder, Deployment? own, Deployment target, ObjectCaller caller)
    {
        string former = own is null || holder is null ? "" : $" It stays in deployment {own.Id[..12]}, which goes on serving it.";
        Worker worker;
        try
        {
            // Its ticket is not used, and keeps the worker from being ended while the object is on its way to it.
            worker = (await workers.ConnectAsync(target, DemandOf(named, target, caller), LiveCalls.OwnCaller, CancellationToken.None).ConfigureAwait(false)).Worker;
        }
        catch (HostRefusal refusal) when (target.Id != own?.Id && refusal.Code != HostErrorCode.NoEnvironment)
        {
            _refused[(named.ObjectId, target.Id)] = true;
            throw new HostRefusal(refusal.Status, refusal.Code, $"The remote object '{named.Name}' could not be brought to deployment {target.Id[..12]}: {refusal.Message}{former}");
        }

        versions.Add(target);
        string? problem = holder is null ? null : await holder.HoldAsync(named.ObjectId, settings.HandOverPatience, isFinal: false).ConfigureAwait(false);
        problem = problem is null || holder!.State == WorkerState.Ended ? await RestoreAsync(named, worker).ConfigureAwait(false) : $"it was not given away: {problem}";
        if (problem is null)
        {
            NamedObject? moved = names.Move(named, worker);
            holder?.LetGo(named.ObjectId, hasMoved: moved is not null);
            if (moved is not null)
            {
                _refused.TryRemove((named.ObjectId, target.Id), out _);
                LogPut(named.Name, worker.Id, target.Id);
                return moved;
            }

            worker.Send(new DropObject(named.ObjectId));
            throw HostRefusal.NotFound($"The remote object '{named.Name}' was deleted or replaced, or its worker ended, just when it was asked for. Ask again.");
        }

        holder?.LetGo(named.ObjectId, hasMoved: false);
        bool isOwn = target.Id == own?.Id;
        if (!isOwn)
            _refused[(named.ObjectId, target.Id)] = true;
        LogNotPut(named.Name, target.Id, problem);
        string next = isOwn ? " Its state stays kept; correct the cause, and ask again."
            : former.Length > 0 ? former + " Correct the new version, and run it again."
            : " Its state stays kept, and whoever asks next gets it in the version that had it last. Correct the new version, and run it again.";
        throw new HostRefusal(
            StatusCodes.Status409Conflict,
            HostErrorCode.Snapshot,
            $"The remote object '{named.Name}' could not be brought to deployment {target.Id[..12]} of {target.Manifest.Application}: {problem.TrimEnd('.')}.{next}");
    }

    private async Task<string?> RestoreAsync(NamedObject named, Worker worker)
    {
        if (table.Find(named.Name, named.ObjectId) is not { } kept)
            return "its state is not in the host's store any more";
        return await worker.RestoreAsync(named, kept.Construction, kept.State, folders, settings.StartTimeout).ConfigureAwait(false);
    }

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

    [LoggerMessage(LogLevel.Error, "The last state of the remote object '{Name}' is not kept: {Reason}")]
    private partial void LogNotSaved(string name, string reason);
}
