using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;

namespace Runhouse.Host.Workers;

/// <summary>What a worker's process leaves behind when it does not end by itself: processes that it started, and files of its runtime.</summary>
internal sealed class WorkerRemains
{
    private readonly int _processId;
    private readonly string[] _files;

    /// <summary>Notes what there will be, while the process runs.</summary>
    /// <param name="processId">The process.</param>
    public WorkerRemains(int processId)
    {
        _processId = processId;

        // The runtime makes them for diagnostic tools, and removes them only at an orderly end.
        string folder = Path.GetTempPath();
        _files = ProcessReading.TryReadStart(processId) is not { } start ? []
            : [.. new[] { $"dotnet-diagnostic-{processId}-{start}-socket", $"clr-debug-pipe-{processId}-{start}-in", $"clr-debug-pipe-{processId}-{start}-out" }
                .Select(name => Path.Combine(folder, name))];
    }

    /// <summary>Ends the processes of its group, and deletes the files.</summary>
    /// <param name="endedAt">When it was noted that the process has ended, by <see cref="ProcessReading.Now"/>.</param>
    public void Clear(long endedAt)
    {
        ProcessGroup.SignalRest(_processId, endedAt, ChildProcess.Kill);
        foreach (string file in _files)
            File.Delete(file);
    }
}
