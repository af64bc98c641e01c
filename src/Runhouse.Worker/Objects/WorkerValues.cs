using System.Diagnostics.CodeAnalysis;
using Runhouse.Protocol.References;

namespace Runhouse.Worker.Objects;

/// <summary>The values of this worker that references lead to: objects without members, owned by the session that holds the reference.</summary>
/// <param name="workerId">The worker's id.</param>
/// <param name="objects">The objects.</param>
/// <param name="disposal">Disposes values that are gone.</param>
internal sealed class WorkerValues(string workerId, ObjectTable objects, Disposal disposal) : HeldValues(workerId)
{
    /// <inheritdoc/>
    public override ulong Add(UInt128 session, HeldValue value)
    {
        var entry = new ObjectEntry(ObjectId.New(), value, value.TypeName, null, session);
        objects.Add(entry);
        return entry.Id;
    }

    /// <inheritdoc/>
    public override bool TryFind(ulong id, [NotNullWhen(true)] out HeldValue? value) => (value = objects.Find(id)?.Instance as HeldValue) is not null;

    /// <inheritdoc/>
    public override void Remove(ulong id) => objects.Release(id);

    /// <inheritdoc/>
    public override void LetGo(Func<ValueTask> letGo) => disposal.RunAsync("a value that a reference led to", letGo);
}
