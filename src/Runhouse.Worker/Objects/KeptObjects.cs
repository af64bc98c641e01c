using System.Collections.Concurrent;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Control;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Objects;

/// <summary>The named objects of this worker whose state is kept: what their host asks of them, and those that it has made again here.</summary>
/// <param name="objects">All objects.</param>
/// <param name="states">Takes states to the host and back.</param>
/// <param name="disposal">Disposes what could not be made again.</param>
/// <param name="limits">What is accepted.</param>
/// <param name="time">The clock.</param>
internal sealed class KeptObjects(ObjectTable objects, KeptStates states, Disposal disposal, WireLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<ulong, CancellationTokenSource> _restoring = [];

    /// <summary>Notes of a new named object what its host needs to make it again, if its class keeps its state.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="contract">The contract of its class.</param>
    /// <param name="construction">What its constructor was called with.</param>
    /// <returns>The file for the host; null for an object whose state is not kept.</returns>
    /// <exception cref="SnapshotException">The arguments are more than is kept.</exception>
    public string? Add(ObjectEntry entry, RemoteContract contract, Func<Construction> construction)
    {
        if (!Keep(entry, contract))
            return null;
        Construction made = construction();
        if (made.Arguments.Length > limits.MaxStateBytes)
        {
            throw new SnapshotException(
                $"'{entry.Name}' cannot be kept: the arguments of its constructor have {made.Arguments.Length} bytes, and {limits.MaxStateBytes} are kept at most (Runhouse:Limits:MaxStateBytes). Construct it with less, and bring the rest by a method.");
        }

        return states.Write(made.ToBytes());
    }

    /// <summary>Shuts an object's door and keeps its state; the result is why that was not possible, or null.</summary>
    public async Task<string?> HoldAsync(HoldObject request)
    {
        if (objects.Find(request.ObjectId)?.Kept is not { } kept)
            return "it is gone";
        try
        {
            await kept.HoldAsync(TimeSpan.FromSeconds(request.PatienceSeconds), request.IsFinal).ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            return KeptObject.Describe(error);
        }
    }

    /// <summary>Keeps the states of all of them as they are; where that is not possible, the host has been told why.</summary>
    public Task SaveAllAsync() => Task.WhenAll(objects.Kept().Select(static async kept =>
    {
        try
        {
            await kept.SaveNowAsync().ConfigureAwait(false);
        }
        catch (SnapshotException)
        {
            // The host logs it, and takes the object for lost.
        }
    }));

    /// <summary>Makes an object again; the result is why that was not possible, or null.</summary>
    public async Task<string?> RestoreAsync(RestoreObject request, Deployment deployment)
    {
        // One that was given up may still be at its constructor: a second one beside it would take as much memory again.
        using var dropped = new CancellationTokenSource();
        if (!_restoring.TryAdd(request.ObjectId, dropped))
            return "it is still being made from the time before. Ask again when that has ended, or end the worker (runhouse kill)";
        try
        {
            (object instance, RemoteContract contract) = await Construction.Read(states.Take(request.Construction)).RunAsync(deployment, request.TypeName, limits, dropped.Token).ConfigureAwait(false);
            var entry = new ObjectEntry(request.ObjectId, instance, request.TypeName, request.Name, session: 0);
            try
            {
                if (!Keep(entry, contract))
                    throw new SnapshotException($"this version of {request.TypeName} does not implement ISnapshot. Implement it, or delete the object");
                if (request.State is { } state)
                    await contract.FindSnapshot(request.TypeName)!.RestoreAsync(instance, states.Take(state), limits, dropped.Token).ConfigureAwait(false);
            }
            catch
            {
                await disposal.DisposeAsync(entry).ConfigureAwait(false);
                throw;
            }

            // Looked at behind that: whoever drops it looks for it in the table once he has cancelled.
            objects.Add(entry);
            if (!dropped.IsCancellationRequested)
                return null;
            objects.Drop(entry.Id);
            return "nobody waits for it any more";
        }
        catch (Exception error)
        {
            return KeptObject.Describe(error).TrimEnd('.');
        }
        finally
        {
            _restoring.TryRemove(request.ObjectId, out _);
        }
    }

    /// <summary>Nobody waits any more for an object that is being made again.</summary>
    /// <param name="id">The object.</param>
    public void Drop(ulong id)
    {
        if (!_restoring.TryGetValue(id, out CancellationTokenSource? restoring))
            return;
        try
        {
            restoring.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was made just now, and goes with the others that are dropped.
        }
    }

    private bool Keep(ObjectEntry entry, RemoteContract contract)
    {
        if (contract.FindSnapshot(entry.TypeName) is not { } snapshot)
            return false;
        int concurrency = contract.Members
            .Where(member => member.Kind == RemoteMemberKind.Member && member.Concurrency > 0 && member.TypeName == entry.TypeName)
            .Select(static member => member.Concurrency)
            .DefaultIfEmpty()
            .Min();
        entry.Kept = new KeptObject(entry, snapshot, concurrency, states, limits, time);
        return true;
    }
}
