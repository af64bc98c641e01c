using Runhouse.Host.Machines;

namespace Runhouse.Host.Workers;

/// <summary>What a worker's memory is limited to, and by what.</summary>
internal sealed class MemoryLimit
{
    // What the runtime itself, threads and native libraries have beside the heap; a large worker has more of them.
    private const long LeastBesideHeap = 96L << 20;
    private const int ShareBesideHeap = 10;

    private readonly MemoryGroups _groups;
    private readonly MemoryGroup? _group;
    private readonly string _workerId;
    private bool _hasEnded;
    private long? _peak;

    /// <summary>Sets the limit for a process.</summary>
    public MemoryLimit(string workerId, int processId, long bytes, MemoryGroups groups)
    {
        (_workerId, Bytes, _groups) = (workerId, bytes, groups);
        _group = groups.TryCreate(workerId, processId, bytes);
    }

    /// <summary>What the worker and all that it starts may have together, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Whether the kernel knows nothing of it, so that it is the managed heap's alone.</summary>
    public bool IsHeapOnly => _group is null;

    /// <summary>What the managed heap may grow to: under the kernel's limit, so that an allocation fails in the worker before the kernel ends it.</summary>
    public long HeapBytes => IsHeapOnly ? Bytes : Math.Max(Bytes / 2, Bytes - Math.Max(Bytes / ShareBesideHeap, LeastBesideHeap));

    /// <summary>The most that they have had at once, in bytes; null when it is not measured.</summary>
    public long? PeakBytes => _hasEnded ? _peak : _group?.ReadPeak();

    /// <summary>The worker's process has ended: takes the last figures.</summary>
    /// <returns>Whether the kernel has ended a process for want of memory.</returns>
    public bool End()
    {
        _peak = _group?.ReadPeak();
        bool isOutOfMemory = _group?.ReadKills() > 0;
        _hasEnded = true;
        return isOutOfMemory;
    }

    /// <summary>Ends what the worker has left behind, and frees what limited it.</summary>
    public Task RemoveAsync() => _group is null ? Task.CompletedTask : _groups.RemoveAsync(_workerId, _group);
}
