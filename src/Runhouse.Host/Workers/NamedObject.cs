using Runhouse.Host.Storage;

namespace Runhouse.Host.Workers;

/// <summary>A remote object with a name.</summary>
/// <param name="Stored">The object as the store has it.</param>
/// <param name="Worker">The worker that has it; null while only its state is kept.</param>
internal sealed record NamedObject(StoredObject Stored, Worker? Worker)
{
    /// <summary>The worker that had it last, and has ended; null when a worker has it, or it was another host's.</summary>
    public Worker? Last { get; init; }

    public string Name => Stored.Name;

    public string TypeName => Stored.TypeName;

    public ulong ObjectId => Stored.ObjectId;

    /// <summary>Whether the end of its worker is not the end of it: its latest state is kept.</summary>
    public bool IsKept => Stored is { KeepsState: true, Problem: null };
}
