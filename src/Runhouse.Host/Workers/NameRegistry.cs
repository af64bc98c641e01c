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

    private static readonly string NoName = $"A name has 1 to {MaxNameLength} characters and no control characters. Choose another one.";

    private readonly Lock _gate = new();

    // What comes to a name and goes from it is noted in the order in which it did, each behind the disk; other names do not wait for that, but by chance.
    private readonly Lock[] _orders = [.. Enumerable.Range(0, 64).Select(static _ => new Lock())];
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

    /// <summary>Reserves a name, and takes what the object's constructor was called with.</summary>
    public NameReservation Reserve(Worker worker, ReserveName request)
    {
        try
        {
            string name = request.Name;
            if (!IsName(name))
                return new NameReservation(request.RequestId, NoName);
            NamedObject reserved = Describe(worker, request);
            NamedObject? former;
            lock (OrderOf(name))
            {
                if (Take(reserved, worker, request.Replace, out former) is { } conflict)
                    return new NameReservation(request.RequestId, conflict);

                // Only once the new one is noted is there one of that name without the former.
                if (Note(reserved, request.Construction, former) is { } problem)
                {
                    PutBack(reserved, former);
                    return new NameReservation(request.RequestId, problem) { IsNotKept = true };
                }
            }

            if (former is not null && (former.Worker != worker || former.ObjectId != request.ObjectId))
                former.Worker?.Send(new DropObject(former.ObjectId));
            return new NameReservation(request.RequestId, null);
        }
        finally
        {
            if (request.Construction is { } file)
                Try(request.Name, () => folders.RemoveState(file));
        }
    }

    /// <summary>Frees a name, unless another object or another worker has taken it over meanwhile.</summary>
    public void Release(Worker worker, string name, ulong objectId)
    {
        lock (OrderOf(name))
        {
            NamedObject? named;
            lock (_gate)
            {
                if (!IsOf(worker, name, objectId))
                    return;
                _objects.Remove(name, out named);
            }

            Forget(named!);
        }
    }

    /// <summary>A worker has ended: its objects are lost, but for those whose state is kept.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="exit">How it ended.</param>
    public void ReleaseAllOf(Worker worker, ProcessExit exit)
    {
        List<StoredObject> lost = [];
        lock (_gate)
        {
            foreach (NamedObject named in _objects.Values.Where(named => named.Worker == worker).ToArray())
            {
                if (named.IsKept)
                {
                    _objects[named.Name] = named with { Worker = null, Last = worker };
                }
                else
                {
                    _objects.Remove(named.Name);
                    lost.Add(named.Stored);
                }
            }
        }

        if (lost.Count > 0)
            Lose(lost, _isStopping ? "with its host, which was stopped" : $"with worker {worker.Id}, which {worker.HowEnded(exit)}");
    }

    public bool HasAnyOf(Worker worker)
    {
        lock (_gate)
            return _objects.Values.Any(named => named.Worker == worker);
    }

    /// <summary>The object of a name; null when there is none.</summary>
    public NamedObject? Find(string name)
    {
        lock (_gate)
            return _objects.GetValueOrDefault(name);
    }

    /// <summary>The object of a name. What is said of one that is not there is looked up in the store.</summary>
    /// <exception cref="HostRefusal">No object has the name: it was lost, or there was none; the message lists near ones.</exception>
    public NamedObject Get(string name) => Find(name) ?? throw Lost(name) ?? NotFound(name);

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
        lock (OrderOf(name))
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
            Forget(named);
        }
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

    /// <summary>The names of the objects that other workers of the same application hold, and that stay there: those that keep their state move with their next use.</summary>
    /// <param name="workers">Workers of one application.</param>
    public IReadOnlyList<string> HeldBesides(IReadOnlyList<Worker> workers)
    {
        if (workers is not [{ Deployment.Manifest.Application: var application }, ..])
            return [];
        lock (_gate)
        {
            return
            [
                .. _objects.Values.Where(named => !named.IsKept && named.Worker is { } holder && holder.Deployment?.Manifest.Application == application && !workers.Contains(holder))
                    .Select(static named => named.Name).Order(StringComparer.Ordinal),
            ];
        }
    }

    private static bool IsName(string name) => name is { Length: > 0 and <= MaxNameLength } && !name.Any(char.IsControl);

    private static void CheckName(string name)
    {
        if (!IsName(name))
            throw HostRefusal.Invalid(NoName);
    }

    private Lock OrderOf(string name) => _orders[(uint)name.GetHashCode(StringComparison.Ordinal) % (uint)_orders.Length];

    private string? Take(NamedObject reserved, Worker worker, bool replace, out NamedObject? former)
    {
        string name = reserved.Name;
        lock (_gate)
        {
            // Behind this nobody would free the name any more.
            if (worker.State == WorkerState.Ended)
            {
                former = null;
                return $"Worker {worker.Id}, which asked for the name '{name}', has ended. Create the object again.";
            }

            if (_objects.TryGetValue(name, out former) && !replace && !(former.Worker == worker && former.ObjectId == reserved.ObjectId) && (former.IsKept || former.Worker?.State != WorkerState.Ended))
            {
                string where = former.Worker is { State: not WorkerState.Ended } holder ? $"in worker {holder.Id}" : "whose state is kept until its next use";
                return $"The name '{name}' is taken by a {former.TypeName} {where}. Attach to it, choose another name, or create with NameConflict.Replace.";
            }

            _objects[name] = reserved;
            return null;
        }
    }

    // The former's worker may have ended meanwhile, without finding it here.
    private void PutBack(NamedObject reserved, NamedObject? former)
    {
        lock (_gate)
        {
            if (!_objects.TryGetValue(reserved.Name, out NamedObject? known) || known.ObjectId != reserved.ObjectId)
                return;
            if (former is null or { Worker.State: WorkerState.Ended, IsKept: false })
                _objects.Remove(reserved.Name);
            else
                _objects[former.Name] = former.Worker is { State: WorkerState.Ended } ended ? former with { Worker = null, Last = ended } : former;
        }
    }

    // Under the lock. Ids are the same in every worker that has had an object.
    private bool IsOf(Worker worker, string name, ulong objectId)
        => _objects.TryGetValue(name, out NamedObject? known) && known.ObjectId == objectId && (known.Worker ?? known.Last) == worker;

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
