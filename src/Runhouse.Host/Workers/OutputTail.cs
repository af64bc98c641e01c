using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>
/// The last lines of a worker's output, and the beginning of the runtime's report when it crashes: after a stack overflow that report says its
/// cause first and then more frames than anybody keeps.
/// </summary>
internal sealed class OutputTail(int capacity = 50)
{
    private const int ReportLines = 10;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new(capacity);
    private readonly List<string> _report = [];
    private int _sinceReport;

    public void Add(string line)
    {
        lock (_gate)
        {
            if (CrashOutput.IsBeginning(line))
            {
                _report.Clear();
                _sinceReport = 0;
            }

            if (_report.Count < ReportLines && (_report.Count > 0 || CrashOutput.IsBeginning(line)))
                _report.Add(line);
            if (_report.Count > 0)
                _sinceReport++;
            if (_lines.Count == capacity)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }

    public IReadOnlyList<string> Snapshot()
    {
        lock (_gate)
        {
            // The report's lines that the tail has lost, then the tail.
            int lost = Math.Max(0, _sinceReport - _lines.Count);
            int unseen = lost - _report.Count;
            return [.. _report.Take(lost), .. unseen > 0 ? [$"[... {unseen} lines ...]"] : Array.Empty<string>(), .. _lines];
        }
    }
}
