namespace Runhouse.Host.Hosting;

/// <summary>The host's logs for those who read along: its own, and each worker's output.</summary>
/// <param name="fileOf">The file of a worker's log, which stays for a while when the worker has ended.</param>
internal sealed class LogFeed(Func<string, string> fileOf)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LogFile> _files = new(StringComparer.Ordinal);
    private readonly List<LogReading> _readings = [];

    /// <summary>Opens a log.</summary>
    /// <param name="source">What it is called: <c>host</c>, or a worker's id.</param>
    /// <param name="path">The file.</param>
    public LogFile Open(string source, string path)
    {
        var file = new LogFile(path);
        lock (_gate)
        {
            _files[source] = file;
            foreach (LogReading reading in _readings)
                reading.Add(source, file, reads: false);
        }

        return file;
    }

    /// <summary>Forgets a log that nothing is written to any more; those who read along have had all of it.</summary>
    /// <param name="source">What it is called.</param>
    public void Close(string source)
    {
        lock (_gate)
            _files.Remove(source);
    }

    /// <summary>Reads what is there, and then along.</summary>
    /// <param name="source">One log alone; null for all.</param>
    /// <param name="tail">How many of the lines that are there already, of each log.</param>
    /// <exception cref="HostRefusal">There is no such log.</exception>
    public LogReading Read(string? source, int tail)
    {
        lock (_gate)
        {
            var reading = new LogReading(source, tail, Remove);
            if (source is not null && !_files.ContainsKey(source))
            {
                // A name of a file may be anything; a worker's is a number.
                if (!source.All(char.IsAsciiHexDigitLower) || !reading.TryAddEnded(source, fileOf(source)))
                    throw HostRefusal.NotFound($"There is no log '{source}' here. There are {string.Join(", ", _files.Keys.Order(StringComparer.Ordinal))}, and those of the workers that ended last.");
                return reading;
            }

            foreach ((string name, LogFile file) in _files)
                reading.Add(name, file, reads: true);
            _readings.Add(reading);
            return reading;
        }
    }

    private void Remove(LogReading reading)
    {
        lock (_gate)
            _readings.Remove(reading);
    }
}
