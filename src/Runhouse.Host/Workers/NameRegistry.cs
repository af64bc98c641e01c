using System.Globalization;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>
/// The names of remote objects, unique on this host, whichever worker holds them. An object whose state is kept has its name while no worker holds it; of others, the store remembers for a
/// while that they were lost.
/// </summary>
internal sealed partial class NameRegistry(ObjectTable table, HostFolders folders, HostSettings settings, ILogger<NameRegistry> log)
{
    private const int MaxNameLength = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, NamedObject> _objects = new(StringComparer.Ordinal);

    /// <summary>Whether no worker holds any.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return !_objects.Values.Any(static named => named.Worker is not null);
        }
    }

    /// <summary>Reserves a name; answers why it cannot be had, or null.</summary>
    public string? Reserve(Worker worker, ReserveName request)
    {
        if (request.Name is not { Length: > 0 and <= MaxNameLength } name || name.Any(char.IsControl))
            return $"A name has 1 to {MaxNameLength} characters and no control characters. Choose another one.";

        NamedObject? former;
        NamedObject reserved = Describe(worker, request);
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out former) && former.Worker?.State != WorkerState.Ended && !request.Replace
                && !(former.Worker == worker && former.ObjectId == request.ObjectId))
            {
                string where = former.Worker is { } holder ? $"in worker {holder.Id}" : "whose state is kept until its next use";
                return $"The name '{name}' is taken by a {former.TypeName} {where}. Attach to it, choose another name, or create with NameConflict.Replace.";
            }

            _objects[name] = reserved;
        }

        if (former is not null && (former.Worker != worker || former.ObjectId != request.ObjectId))
            former.Worker?.Send(new DropObject(former.ObjectId));
        return Note(reserved, request.Construction);
    }

    /// <summary>Frees a name, unless another object has taken it over meanwhile.</summary>
    public void Release(Worker worker, string name, ulong objectId)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out NamedObject? known) && known.Worker == worker && known.ObjectId == objectId)
                _objects.Remove(name);
        }

        Forget(name, objectId);
    }

    /// <summary>A worker has ended: its objects are lost, but for those whose state is kept.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="exit">How it ended.</param>
    public void ReleaseAllOf(Worker worker, ProcessExit exit)
    {
        NamedObject[] gone;
        lock (_gate)
        {
            gone = [.. _objects.Values.Where(named => named.Worker == worker)];
            foreach (NamedObject named in gone)
            {
                if (named.Stored is { KeepsState: true, Problem: null })
                    _objects[named.Name] = named with { Worker = null };
                else
                    _objects.Remove(named.Name);
            }
        }

        foreach (NamedObject named in gone.Where(static named => named.Stored is not { KeepsState: true, Problem: null }))
            Lose(named.Stored, _isStopping ? "with its host, which was stopped" : $"with worker {worker.Id}, which ended with {exit}");
    }

    public bool HasAnyOf(Worker worker)
    {
        lock (_gate)
            return _objects.Values.Any(named => named.Worker == worker);
    }

    /// <exception cref="HostRefusal">No object has the name: it was lost, or there was none; the message lists near ones.</exception>
    public NamedObject Get(string name)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out NamedObject? named))
                return named;
        }

        throw Lost(name) ?? NotFound(name);
    }

    /// <summary>All of them whose state is kept.</summary>
    public IReadOnlyList<NamedObject> Kept()
    {
        lock (_gate)
            return [.. _objects.Values.Where(static named => named.Stored.KeepsState)];
    }

    /// <summary>Whether an object is there, in a worker or by its state alone, whose state is kept.</summary>
    public bool Keeps(string name, ulong objectId)
    {
        lock (_gate)
            return _objects.TryGetValue(name, out NamedObject? named) && named.ObjectId == objectId && named.Stored.KeepsState;
    }

    /// <summary>Frees the name and drops its object.</summary>
    /// <param name="name">The name.</param>
    /// <param name="objectId">The object, so that another one of that name stays; null for any.</param>
    /// <exception cref="HostRefusal">No object has the name.</exception>
    public void Delete(string name, ulong? objectId)
    {
        NamedObject? named;
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out named) && objectId is { } id && named.ObjectId != id)
                named = null;
            if (named is not null)
                _objects.Remove(name);
        }

        if (named is null)
            throw Lost(name) ?? NotFound(name);
        named.Worker?.Send(new DropObject(named.ObjectId));
        Forget(name, named.ObjectId);
    }

    public IReadOnlyList<NamedObjectStatus> Status()
    {
        lock (_gate)
        {
            return
            [
                .. _objects.Values.OrderBy(static named => named.Name, StringComparer.Ordinal)
                    .Select(static named => new NamedObjectStatus(named.Name, named.TypeName, named.Worker?.Id, named.ObjectId) { KeepsState = named.Stored.KeepsState }),
            ];
        }
    }

    private static NamedObject Describe(Worker worker, ReserveName request) => new(
        new StoredObject(request.Name, request.TypeName, request.ObjectId, worker.Deployment?.Manifest.Application ?? "", worker.Deployment?.Id ?? "")
        {
            Place = request.Construction is null ? null : (worker.Demand ?? WorkerDemand.None).ToRequest(),
            Image = worker.Environment?.Image,
        },
        worker);

    private HostRefusal? Lost(string name)
    {
        if (table.FindLost(name) is not { } lost)
            return null;
        string at = lost.LostAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return new HostRefusal(
            StatusCodes.Status404NotFound,
            HostErrorCode.Lost,
            $"The remote object '{name}' ({lost.TypeName}) was lost {lost.Cause} (noted {at} UTC). Create it again; a class that implements ISnapshot<TState> keeps the state of its named objects.");
    }

    private HostRefusal NotFound(string name)
    {
        string[] known;
        lock (_gate)
            known = [.. _objects.Keys];
        string[] near = NearNames.Of(name, known);
        string hint = near.Length > 0
            ? $"Near names: {string.Join(", ", near.Select(static other => $"'{other}'"))}."
            : $"This host has {(known.Length == 0 ? "no named objects" : $"{known.Length} named object{(known.Length == 1 ? "" : "s")}, none with a name near it")}. Create it first.";
        return HostRefusal.NotFound($"No remote object is named '{(name.Length > MaxNameLength ? name[..MaxNameLength] : name)}'. {hint}");
    }
}
