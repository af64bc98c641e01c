using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Objects;

/// <summary>Gives away kept objects, since this host's machine is taken away, and takes over those of another one. They come back with their next use, as behind a host's own end.</summary>
internal sealed partial class ObjectTransfer(NameRegistry names, ObjectTable table, HostSettings settings, ILogger<ObjectTransfer> log)
{
    /// <summary>The names of those whose latest states are kept.</summary>
    public KeptObjectList List() => new([.. names.Kept().Where(static named => named.IsKept).Select(static named => named.Name).Order(StringComparer.Ordinal)]);

    /// <summary>An object as it is kept; what its worker has given before its end is in it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostRefusal">There is none of that name whose latest state is kept.</exception>
    public async Task<TransferredObject> GetAsync(string name, CancellationToken cancellationToken)
    {
        NamedObject named = names.Get(name);
        if (named.Last is { } ended)
            await ended.Silent.WaitAsync(cancellationToken).ConfigureAwait(false);
        named = names.Get(name);
        if (!named.IsKept || table.Find(name, named.ObjectId) is not { } kept)
            throw HostRefusal.NotFound($"The latest state of the remote object '{name}' is not kept{(named.Stored.Problem is { } problem ? $": {problem.TrimEnd('.')}" : "")}. It goes with this host.");
        StoredObject stored = named.Stored;
        return new TransferredObject(name, stored.TypeName, stored.ObjectId, stored.Application, stored.Deployment, stored.Place!, kept.Construction, kept.State) { Image = stored.Image };
    }

    /// <summary>Takes over an object of another host.</summary>
    /// <param name="kept">The object.</param>
    /// <exception cref="HostRefusal">Its name is taken here by another object, its state is too large, or it cannot be kept.</exception>
    public void Take(TransferredObject kept)
    {
        if (kept.State?.Length > settings.Limits.MaxStateBytes)
            throw HostRefusal.Invalid($"The state of '{kept.Name}' has {kept.State.Length} bytes, and this host keeps {settings.Limits.MaxStateBytes} at most (Runhouse:Limits:MaxStateBytes). Raise the limit, or create the object again.");
        names.TakeOver(new StoredObject(kept.Name, kept.TypeName, kept.ObjectId, kept.Application, kept.Deployment) { Place = kept.Place, Image = kept.Image }, kept.Construction, kept.State);
        LogTaken(kept.Name, kept.TypeName);
    }

    [LoggerMessage(LogLevel.Information, "The remote object '{Name}' ({Type}) of a host that is gone is kept here now, and comes back with its next use")]
    private partial void LogTaken(string name, string type);
}
