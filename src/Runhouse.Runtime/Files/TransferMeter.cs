namespace Runhouse.Runtime.Files;

/// <summary>Counts what a transfer has done, from several threads, and reports it: in order, and not more often than eyes can follow.</summary>
/// <param name="progress">Who is told; null for nobody.</param>
/// <param name="time">The clock.</param>
internal sealed class TransferMeter(IProgress<TransferProgress>? progress, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private TransferProgress _now = new(TransferPhase.Comparing, 0, 0, 0, 0);
    private long _reported;

    /// <summary>How many bytes were counted in this phase.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _now.BytesDone;
        }
    }

    public void Begin(TransferPhase phase, int files, long bytes)
    {
        lock (_gate)
        {
            _now = new TransferProgress(phase, 0, files, 0, bytes);
            Report();
        }
    }

    public void AddBytes(long bytes) => Add(bytes, files: 0);

    public void AddFile() => Add(bytes: 0, files: 1);

    public void AddFile(FileInfo file) => Add(file.Length, files: 1);

    /// <summary>Reports what may have been held back.</summary>
    public void End()
    {
        lock (_gate)
            Report();
    }

    private void Add(long bytes, int files)
    {
        lock (_gate)
        {
            _now = _now with { BytesDone = _now.BytesDone + bytes, FilesDone = _now.FilesDone + files };
            if (time.GetElapsedTime(_reported) >= Pause)
                Report();
        }
    }

    private void Report()
    {
        _reported = time.GetTimestamp();
        progress?.Report(_now);
    }
}
