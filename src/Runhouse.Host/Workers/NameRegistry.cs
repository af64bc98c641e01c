using Runhouse.Host.Hosting;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>The names of remote objects, unique on this host, whichever worker holds them.</summary>
internal sealed class NameRegistry
{
    private const int MaxNameLength = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, NamedObject> _objects = new(StringComparer.Ordinal);

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _objects.Count == 0;
        }
    }

    /// <summary>Reserves a name; answers why it cannot be had, or null.</summary>
    public string? Reserve(Worker worker, ReserveName request)
    {
        if (request.Name is not { Length: > 0 and <= MaxNameLength } name || name.Any(char.IsControl))
            return $"A name has 1 to {MaxNameLength} characters and no control characters. Choose another one.";

        NamedObject? former;
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out former) && former.Worker.State != WorkerState.Ended && !request.Replace
                && !(former.Worker == worker && former.ObjectId == request.ObjectId))
            {
                return $"The name '{name}' is taken by a {former.TypeName} in worker {former.Worker.Id}. Attach to it, choose another name, or create with NameConflict.Replace.";
            }

            _objects[name] = new NamedObject(name, request.TypeName, request.ObjectId, worker);
        }

        if (former is not null && (former.Worker != worker || former.ObjectId != request.ObjectId))
            former.Worker.Send(new DropObject(former.ObjectId));
        return null;
    }

    /// <summary>Frees a name, unless another object has taken it over meanwhile.</summary>
    public void Release(Worker worker, string name, ulong objectId)
    {
        lock (_gate)
        {
            if (_objects.TryGetValue(name, out NamedObject? known) && known.Worker == worker && known.ObjectId == objectId)
                _objects.Remove(name);
        }
    }

    public void ReleaseAllOf(Worker worker)
    {
        lock (_gate)
        {
            foreach (NamedObject named in _objects.Values.Where(named => named.Worker == worker).ToArray())
                _objects.Remove(named.Name);
        }
    }

    public bool HasAnyOf(Worker worker)
    {
        lock (_gate)
            return _objects.Values.Any(named => named.Worker == worker);
    }

    /// <exception cref="HostRefusal">No object has the name; the message lists near ones.</exception>
    public NamedObject Get(string name)
    {
        lock (_gate)
            return _objects.TryGetValue(name, out NamedObject? named) ? named : throw NotFound(name);
    }

    /// <summary>Frees the name and drops its object.</summary>
    /// <exception cref="HostRefusal">No object has the name.</exception>
    public void Delete(string name)
    {
        NamedObject? named;
        lock (_gate)
        {
            if (!_objects.Remove(name, out named))
                throw NotFound(name);
        }

        named.Worker.Send(new DropObject(named.ObjectId));
    }

    public IReadOnlyList<NamedObjectStatus> Status()
    {
        lock (_gate)
        {
            return
            [
                .. _objects.Values.OrderBy(static named => named.Name, StringComparer.Ordinal)
                    .Select(static named => new NamedObjectStatus(named.Name, named.TypeName, named.Worker.Id, named.ObjectId)),
            ];
        }
    }

    private HostRefusal NotFound(string name)
    {
        string[] near = NearNames.Of(name, _objects.Keys);
        string hint = near.Length > 0
            ? $"Near names: {string.Join(", ", near.Select(static other => $"'{other}'"))}."
            : $"This host has {(_objects.Count == 0 ? "no named objects" : $"{_objects.Count} named object{(_objects.Count == 1 ? "" : "s")}, none with a name near it")}. Create it first; a worker that ended took its objects along.";
        return HostRefusal.NotFound($"No remote object is named '{(name.Length > MaxNameLength ? name[..MaxNameLength] : name)}'. {hint}");
    }
}
