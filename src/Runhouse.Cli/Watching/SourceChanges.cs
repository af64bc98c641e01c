using System.Threading.Channels;

namespace Runhouse.Cli.Watching;

/// <summary>Tells which files are saved, together those that are saved together.</summary>
internal sealed class SourceChanges : IDisposable
{
    // An editor writes a file in several steps, and a tool several files.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(20);

    private readonly Channel<string> _saved = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<FileSystemWatcher> _watchers = [];

    /// <summary>Watches folders, with all that is in them.</summary>
    /// <param name="folders">The folders.</param>
    public void Watch(IEnumerable<string> folders)
    {
        foreach (string folder in folders.Where(folder => !_watchers.Exists(one => IsIn(folder, one.Path))))
        {
            var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite, InternalBufferSize = 64 << 10 };
            watcher.Changed += (_, change) => Add(folder, change.FullPath);
            watcher.Created += (_, change) => Add(folder, change.FullPath);
            watcher.Deleted += (_, change) => Add(folder, change.FullPath);
            watcher.Renamed += (_, change) =>
            {
                Add(folder, change.OldFullPath);
                Add(folder, change.FullPath);
            };

            // Changes were lost, so that anything may have changed: the project itself stands for it.
            watcher.Error += (_, _) => _saved.Writer.TryWrite(folder);
            watcher.EnableRaisingEvents = true;
            _watchers.Add(watcher);
        }
    }

    /// <summary>Waits for files that are saved.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlySet<string>> NextAsync(CancellationToken cancellationToken)
    {
        var saved = new HashSet<string>(StringComparer.Ordinal) { await _saved.Reader.ReadAsync(cancellationToken).ConfigureAwait(false) };
        do
        {
            while (_saved.Reader.TryRead(out string? path))
                saved.Add(path);
            await Task.Delay(Quiet, cancellationToken).ConfigureAwait(false);
        }
        while (_saved.Reader.TryPeek(out _));
        return saved;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileSystemWatcher watcher in _watchers)
            watcher.Dispose();
    }

    private static bool IsIn(string path, string folder) => path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void Add(string folder, string path)
    {
        // Builds and tools write into folders of their own.
        string[] names = Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar);
        if (!names[..^1].Any(static one => one is "bin" or "obj" || one.StartsWith('.')) && names[^1] is not ("bin" or "obj"))
            _saved.Writer.TryWrite(path);
    }
}
