using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>The values of <see cref="TestWorker"/>.</summary>
internal sealed class TestValues() : HeldValues("w-1")
{
    private readonly ConcurrentDictionary<ulong, HeldValue> _values = [];

    public int Count => _values.Count;

    public override ulong Add(UInt128 session, HeldValue value)
    {
        ulong id = ObjectId.New();
        _values[id] = value;
        return id;
    }

    public override bool TryFind(ulong id, [NotNullWhen(true)] out HeldValue? value) => _values.TryGetValue(id, out value);

    public override void Remove(ulong id)
    {
        if (_values.TryRemove(id, out HeldValue? value))
            LetGo(value.DisposeAsync);
    }

    public override void LetGo(Func<ValueTask> letGo) => letGo().AsTask().GetAwaiter().GetResult();
}
