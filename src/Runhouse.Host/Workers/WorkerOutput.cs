using System.Buffers;
using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Workers;

/// <summary>What a worker writes, as the host keeps it: all of it in a file, the last lines at hand.</summary>
/// <param name="worker">The worker's id.</param>
/// <param name="file">The file.</param>
/// <param name="log">The host's log.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Closed when the worker has ended.")]
internal sealed partial class WorkerOutput(string worker, LogFile file, ILogger log)
{
    private readonly OutputTail _tail = new();
    private readonly LeftOutput _left = new();
    private bool _isFileBroken;

    /// <summary>The file's path.</summary>
    public string Path => file.Path;

    /// <summary>The last lines.</summary>
    public IReadOnlyList<string> Last => _tail.Snapshot();

    /// <summary>Takes a line of the worker's log, without secrets.</summary>
    public void Add(ReadOnlySequence<byte> line) => Add(Encoding.UTF8.GetString(line));

    /// <summary>Opens the pipes in which arrives what is written past the worker's console.</summary>
    /// <param name="processId">Its process.</param>
    /// <param name="descriptors">The pipes' descriptors there.</param>
    public void Watch(int processId, IReadOnlyList<int> descriptors)
    {
        try
        {
            _left.Open(processId, descriptors);
        }
        catch (IOException exception)
        {
            LogNotWatched(worker, exception.Message);
        }
    }

    /// <summary>Takes what the worker has left in its pipes, and closes the file. Only once its process has ended.</summary>
    /// <param name="redactor">Hides the secrets of the image; null when there are none.</param>
    public void Close(Redactor? redactor)
    {
        try
        {
            string[] left = [.. _left.Take().Select(line => (redactor?.Redact(line) ?? line).TrimEnd('\r'))];
            foreach (string line in left[Known(left)..])
                Add(line);
        }
        catch (IOException exception)
        {
            LogLeft(worker, exception.Message);
        }
        finally
        {
            _left.Dispose();
            file.Dispose();
        }
    }

    // What the worker had written into its log, and was about to take out of its pipe, when it ended.
    private int Known(string[] left)
    {
        IReadOnlyList<string> last = Last;
        for (int known = Math.Min(left.Length, last.Count); known > 0; known--)
        {
            if (last.Skip(last.Count - known).SequenceEqual(left[..known]))
                return known;
        }

        return 0;
    }

    private void Add(string line)
    {
        line = line.TrimEnd('\r');
        _tail.Add(line);
        try
        {
            file.WriteLine(line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading goes on: a full pipe would stop the worker at its next line.
            if (!_isFileBroken)
                LogNotKept(worker, file.Path, exception.Message);
            _isFileBroken = true;
        }
    }

    [LoggerMessage(LogLevel.Error, "The output of worker {Id} cannot be kept in {Path} ({Reason}); it still reaches its callers. Free some space or restore the folder")]
    private partial void LogNotKept(string id, string path, string reason);

    [LoggerMessage(LogLevel.Warning, "Should worker {Id} crash, its last output may be missing: its pipes cannot be opened here ({Reason})")]
    private partial void LogNotWatched(string id, string reason);

    [LoggerMessage(LogLevel.Warning, "The last output of worker {Id} is missing: {Reason}")]
    private partial void LogLeft(string id, string reason);
}
