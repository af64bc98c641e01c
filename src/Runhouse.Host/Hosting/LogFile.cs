using System.Text;

namespace Runhouse.Host.Hosting;

/// <summary>A text file that is appended to line by line and rotated by size: <c>x.log</c> and, before it, <c>x.log.1</c>.</summary>
internal sealed class LogFile(string path, long maxBytes = 16 << 20) : IDisposable
{
    private readonly Lock _gate = new();
    private FileStream? _stream;
    private List<Action<string>>? _readers;
    private bool _closed;

    public string Path { get; } = path;

    public void WriteLine(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_gate)
        {
            if (_closed)
                return;

            if (_stream is null && System.IO.Path.GetDirectoryName(Path) is { Length: > 0 } folder && !Directory.Exists(folder))
                HostFolders.CreatePrivate(folder);
            _stream ??= HostFolders.OpenPrivate(Path, FileMode.Append, FileShare.ReadWrite | FileShare.Delete);
            if (_stream.Length + bytes.Length > maxBytes && _stream.Length > 0)
            {
                _stream.Dispose();
                _stream = null;
                File.Move(Path, Path + ".1", overwrite: true);
                _stream = HostFolders.OpenPrivate(Path, FileMode.Append, FileShare.ReadWrite | FileShare.Delete);
            }

            _stream.Write(bytes);
            foreach (Action<string> reader in _readers ?? [])
                reader(line);
        }
    }

    /// <summary>Begins to tell a reader each line, as it is written.</summary>
    /// <param name="reader">Is told; it must be quick and not fail.</param>
    /// <returns>The length of the file in bytes: what it has up to there the reader is not told.</returns>
    public long AddReader(Action<string> reader)
    {
        lock (_gate)
        {
            (_readers ??= []).Add(reader);
            return _stream?.Length ?? (File.Exists(Path) ? new FileInfo(Path).Length : 0);
        }
    }

    /// <summary>Tells a reader no more.</summary>
    /// <param name="reader">The reader.</param>
    public void RemoveReader(Action<string> reader)
    {
        lock (_gate)
            _readers?.Remove(reader);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _stream?.Dispose();
        }
    }
}
