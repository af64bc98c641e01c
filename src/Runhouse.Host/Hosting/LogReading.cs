using System.Text;
using System.Threading.Channels;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Hosting;

/// <summary>Somebody who reads along. One that does not keep up loses lines, and is told how many.</summary>
internal sealed class LogReading(string? source, int tail, Action<LogReading> ended) : IDisposable
{
    private const int Capacity = 10_000;
    private const int MaxTailBytes = 4 << 20;

    private readonly Channel<HostLogLine> _lines = Channel.CreateBounded<HostLogLine>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private int _lost;

    private readonly List<(LogFile File, Action<string> Reader)> _read = [];
    private readonly List<HostLogLine> _before = [];

    /// <summary>The lines that were there already.</summary>
    public IReadOnlyList<HostLogLine> Before => _before;

    /// <summary>The lines that come.</summary>
    public ChannelReader<HostLogLine> Lines => _lines.Reader;

    /// <summary>Reads a log too.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="file">The log.</param>
    /// <param name="reads">Whether what it has already is read.</param>
    public void Add(string name, LogFile file, bool reads)
    {
        if (source is not null && source != name)
            return;
        Action<string> reader = line => Tell(new HostLogLine(name, line));
        long length = file.AddReader(reader);
        lock (_read)
            _read.Add((file, reader));
        if (reads && length > 0)
            _before.AddRange(Tail(file.Path, length).Select(line => new HostLogLine(name, line)));
    }

    /// <summary>Reads the log of a worker that has ended; false when it is there no more.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="path">Its file.</param>
    public bool TryAddEnded(string name, string path)
    {
        try
        {
            _before.AddRange(Tail(path, new FileInfo(path).Length).Select(line => new HostLogLine(name, line)));
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        _lines.Writer.Complete();
        return true;
    }

    public void Dispose()
    {
        ended(this);
        lock (_read)
        {
            foreach ((LogFile file, Action<string> reader) in _read)
                file.RemoveReader(reader);
        }
    }

    // Whoever writes must not wait for those who read.
    private void Tell(HostLogLine line)
    {
        int lost = Volatile.Read(ref _lost);
        if (lost > 0 && _lines.Writer.TryWrite(new HostLogLine("host", $"[{lost} lines were written faster than they were read here; the files have them]")))
            Interlocked.Add(ref _lost, -lost);
        if (!_lines.Writer.TryWrite(line))
            Interlocked.Increment(ref _lost);
    }

    private List<string> Tail(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[Math.Min(length, MaxTailBytes)];
        file.Position = Math.Max(0, Math.Min(length, file.Length) - bytes.Length);
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return [.. Encoding.UTF8.GetString(bytes, 0, read).Split('\n').SkipLast(1).TakeLast(tail)];
    }
}
