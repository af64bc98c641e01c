using Runhouse.Host.Storage;

namespace Runhouse.Host.Workers;

/// <summary>A remote object with a name.</summary>
/// <param name="Stored">The object as the store has it.</param>
/// <param name="Worker">The worker that has it; null while only its state is kept.</param>
internal sealed record NamedObject(StoredObject Stored, Worker? Worker)
{
    public string Name => Stored.Name;

    public string TypeName => Stored.TypeName;

    public ulong ObjectId => Stored.ObjectId;
}
