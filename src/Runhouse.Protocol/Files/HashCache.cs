using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Protocol.Files;

/// <summary>
/// The hashes of files, kept by path, size and time of change, so that an unchanged application or folder is hashed once. One file for each of
/// them; one that cannot be read is ignored and written anew.
/// </summary>
public sealed class HashCache
{
    private const string Header = "runhouse hashes 1";

    // A file changed this lately may change again within the same tick of the file system's clock: its hash is not kept.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    // What was not written for so long is of an application or a folder that is gone, or costs hashing it once more.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(90);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Entry> _known;
    private readonly ConcurrentDictionary<string, Entry> _used = new(StringComparer.Ordinal);

    private HashCache(string path, TimeProvider time, Dictionary<string, Entry> known) => (_path, _time, _known) = (path, time, known);

    /// <summary>How many files had to be hashed.</summary>
    public int Hashed { get; private set; }

    /// <summary>Opens the cache of an application or a folder.</summary>
    /// <param name="directory">The folder of the caches.</param>
    /// <param name="subject">What tells them apart: the path of the <c>deps.json</c>, or the folder's.</param>
    /// <param name="time">The clock.</param>
    public static HashCache Open(string directory, string subject, TimeProvider time)
    {
        string path = Path.Combine(directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)).AsSpan(0, 16)));
        return new HashCache(path, time, Read(path));
    }

    /// <summary>The hashes of files, in lower-case hexadecimal; those not known are computed side by side.</summary>
    /// <param name="files">The files.</param>
    /// <returns>The hashes by the files' full paths, those of earlier calls included.</returns>
    public IReadOnlyDictionary<string, string> Hash(IReadOnlyCollection<FileInfo> files) => Hash(files, hashed: null, CancellationToken.None);

    /// <summary>The hashes of files, in lower-case hexadecimal; those not known are computed side by side.</summary>
    /// <param name="files">The files.</param>
    /// <param name="hashed">Is told of each file whose hash is known now, from several threads.</param>
    /// <param name="cancellationToken">Stops hashing.</param>
    /// <returns>The hashes by the files' full paths, those of earlier calls included.</returns>
    public IReadOnlyDictionary<string, string> Hash(IReadOnlyCollection<FileInfo> files, Action<FileInfo>? hashed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        var unknown = new List<FileInfo>();
        foreach (FileInfo file in files)
        {
            if (_known.TryGetValue(file.FullName, out Entry known) && known.Size == file.Length && known.Ticks == file.LastWriteTimeUtc.Ticks)
            {
                _used[file.FullName] = known;
                hashed?.Invoke(file);
            }
            else
            {
                unknown.Add(file);
            }
        }

        Hashed += unknown.Count;
        if (unknown.Count > 0)
        {
            Parallel.ForEach(unknown, new ParallelOptions { CancellationToken = cancellationToken }, file =>
            {
                _used[file.FullName] = new Entry(file.Length, file.LastWriteTimeUtc.Ticks, HashFile(file));
                hashed?.Invoke(file);
            });
        }

        return _used.ToDictionary(static file => file.Key, static file => file.Value.Hash, StringComparer.Ordinal);
    }

    /// <summary>Writes the cache when it changed, and removes those not written for 90 days. Others that write it at the same time, here or in another process, do no harm.</summary>
    public void Save()
    {
        if (Hashed == 0)
            return;
        long settled = (_time.GetUtcNow() - Settled).UtcTicks;
        var text = new StringBuilder(Header).Append('\n');
        foreach ((string path, Entry entry) in _used)
        {
            if (entry.Ticks < settled && !path.Contains('\n', StringComparison.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"{entry.Size} {entry.Ticks} {entry.Hash} {path}\n");
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        }
        else
        {
            // The names of somebody's files are nobody else's business.
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        string temporary = $"{_path}.{Path.GetRandomFileName()}.tmp";
        using (var writer = new StreamWriter(temporary, options))
            writer.Write(text);
        File.Move(temporary, _path, overwrite: true);
        RemoveForgotten(new DirectoryInfo(Path.GetDirectoryName(_path)!));
    }

    private void RemoveForgotten(DirectoryInfo directory)
    {
        DateTime before = (_time.GetUtcNow() - Forgotten).UtcDateTime;
        foreach (FileInfo cache in directory.EnumerateFiles().Where(cache => cache.LastWriteTimeUtc < before))
        {
            try
            {
                cache.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process reads it, where files in use cannot be deleted: so it is not forgotten.
            }
        }
    }

    private static string HashFile(FileInfo file)
    {
        // Nor are pipes and sockets opened, whose length is zero as well: that could take forever.
        if (file.Length == 0)
            return ContentHash.OfNothing;
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static Dictionary<string, Entry> Read(string path)
    {
        var known = new Dictionary<string, Entry>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return known;
        string[] lines = File.ReadAllLines(path);
        if (lines.FirstOrDefault() != Header)
            return known;
        foreach (string line in lines.AsSpan(1))
        {
            if (line.Split(' ', 4) is [var size, var ticks, { Length: 64 } hash, var file]
                && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out long time)
                && !hash.AsSpan().ContainsAnyExcept(HexDigits))
            {
                known[file] = new Entry(bytes, time, hash);
            }
        }

        return known;
    }

    private readonly record struct Entry(long Size, long Ticks, string Hash);
}
