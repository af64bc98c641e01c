namespace Runhouse.Protocol.Framing;

/// <summary>How many bytes of frames wait to be written. Thread-safe.</summary>
internal sealed class QueuedBytes
{
    private long _count;

    /// <summary>How many.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>So many more wait.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _count, bytes);

    /// <summary>So many do not wait any more.</summary>
    public void Remove(long bytes) => Interlocked.Add(ref _count, -bytes);
}
