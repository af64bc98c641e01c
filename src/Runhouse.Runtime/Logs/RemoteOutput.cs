using System.Threading.Channels;
using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Logs;

/// <summary>
/// Where the lines go that remote code writes. Connections only queue them; one reader writes them out, so that a slow terminal holds up no
/// result. What is queued when the process ends is still written, for a bounded time.
/// </summary>
internal abstract class RemoteOutput
{
    private const int MaxQueued = 100_000;

    private static readonly TimeSpan LastWrites = TimeSpan.FromSeconds(2);

    private readonly Channel<LogRecord> _queue = Channel.CreateBounded<LogRecord>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private int _started;
    private long _dropped;

    /// <summary>Queues a line.</summary>
    /// <param name="record">The line.</param>
    public void Write(LogRecord record)
    {
        if (Volatile.Read(ref _started) == 0 && Interlocked.Exchange(ref _started, 1) == 0)
            Start();
        if (!_queue.Writer.TryWrite(record))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes a line out.</summary>
    /// <param name="record">The line.</param>
    protected abstract void Emit(LogRecord record);

    /// <summary>Called when the queue has run empty.</summary>
    protected virtual void Flush()
    {
    }

    private void Start()
    {
        Task writing = Task.Run(WriteOutAsync);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            _queue.Writer.TryComplete();
            writing.Wait(LastWrites);
        };
    }

    private async Task WriteOutAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_queue.Reader.TryRead(out LogRecord record))
                Emit(record);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                Emit(new LogRecord(0, default, 3, "", $"runhouse: {dropped} lines of remote output were dropped: they came faster than they can be written here."));
            Flush();
        }
    }
}
