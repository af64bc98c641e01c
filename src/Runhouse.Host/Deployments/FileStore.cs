using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Files;

namespace Runhouse.Host.Deployments;

/// <summary>Files by the hash of their content: those of all deployments, or those on their way into folders. A file appears under its hash only after its bytes gave that hash.</summary>
internal sealed class FileStore
{
    // Deployments share these files by hard link: nobody writes to them again.
    private const UnixFileMode Stored = UnixFileMode.UserRead;

    private readonly string _folder;
    private readonly string _drafts;
    private readonly long _maxFileBytes;
    private readonly TimeProvider _time;

    // Whoever is told that a content is there relies on it: nobody may be told while it is being removed.
    private readonly Lock _removing = new();
    private long _draft;

    public FileStore(string folder, long maxFileBytes, TimeProvider time)
    {
        _folder = folder;
        _maxFileBytes = maxFileBytes;
        _time = time;
        _drafts = Path.Combine(folder, "drafts");

        // Drafts of a host that ended in the middle of an upload.
        if (Directory.Exists(_drafts))
            Directory.Delete(_drafts, recursive: true);
        HostFolders.CreatePrivate(_drafts);
    }

    public string PathOf(string hash) => Path.Combine(_folder, hash[..2], hash);

    /// <summary>The size of a file of the store; null when the store does not have it.</summary>
    public long? SizeOf(string hash)
    {
        var file = new FileInfo(PathOf(hash));
        return file.Exists && file.LinkTarget is null ? file.Length : null;
    }

    /// <summary>The size of a file that somebody counts on from now on: it is not removed for a while. Null when the store does not have it.</summary>
    public long? CountOn(string hash)
    {
        lock (_removing)
        {
            long? size = SizeOf(hash);
            if (size is not null)
                File.SetLastWriteTimeUtc(PathOf(hash), _time.GetUtcNow().UtcDateTime);
            return size;
        }
    }

    /// <summary>Removes the files that are not needed and that nobody has sent or counted on since a time. The result is their number and size.</summary>
    public (int Files, long Bytes) RemoveUnneeded(IReadOnlySet<string> needed, DateTimeOffset countedOnSince)
    {
        (int files, long bytes) = (0, 0L);
        foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (!ContentHash.IsHash(file.Name) || needed.Contains(file.Name))
                continue;
            lock (_removing)
            {
                file.Refresh();
                if (!file.Exists || file.LastWriteTimeUtc >= countedOnSince.UtcDateTime)
                    continue;
                (files, bytes) = (files + 1, bytes + file.Length);
                file.Delete();
            }
        }

        return (files, bytes);
    }

    /// <summary>Takes a file in.</summary>
    /// <param name="hash">What its content must hash to.</param>
    /// <param name="body">The bytes as they arrive.</param>
    /// <param name="isBrotli">Whether the bytes are compressed.</param>
    /// <param name="cancellationToken">Ends the upload; nothing of it is kept.</param>
    public async Task PutAsync(string hash, Stream body, bool isBrotli, CancellationToken cancellationToken)
    {
        string draft = Path.Combine(_drafts, $"{hash}.{Interlocked.Increment(ref _draft)}");
        try
        {
            string actual = await ReceiveAsync(draft, hash, body, isBrotli, cancellationToken).ConfigureAwait(false);
            if (actual != hash)
                throw HostRefusal.Invalid($"The content sent for {hash} hashes to {actual}. The file changed during the upload: try again.");

            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(draft, Stored);
            HostFolders.CreatePrivate(Path.GetDirectoryName(PathOf(hash))!);
            File.SetLastWriteTimeUtc(draft, _time.GetUtcNow().UtcDateTime);
            File.Move(draft, PathOf(hash), overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Moves a file out of the store; false when the store does not have it.</summary>
    public bool TryTake(string hash, string target)
    {
        if (SizeOf(hash) is null)
            return false;
        try
        {
            File.Move(PathOf(hash), target, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another one took it in this moment.
            return false;
        }
    }

    /// <summary>Removes what was taken in before a time.</summary>
    public void RemoveOlder(DateTimeOffset time)
    {
        foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            if (file.LastWriteTimeUtc < time.UtcDateTime && ContentHash.IsHash(file.Name))
                file.Delete();
        }
    }

    /// <summary>Removes a file whose bytes are no longer what they were (a machine that lost power); true when it was so.</summary>
    public async Task<bool> DiscardIfDamagedAsync(string hash, CancellationToken cancellationToken)
    {
        string path = PathOf(hash);
        using (FileStream file = File.OpenRead(path))
        {
            byte[] actual = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
            if (Convert.ToHexStringLower(actual) == hash)
                return false;
        }

        File.Delete(path);
        return true;
    }

    private async Task<string> ReceiveAsync(string draft, string hash, Stream body, bool isBrotli, CancellationToken cancellationToken)
    {
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream file = HostFolders.OpenPrivate(draft, FileMode.CreateNew);
        BrotliStream? brotli = isBrotli ? new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true) : null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            Stream content = brotli ?? body;
            long total = 0;
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                total += read;
                if (total > _maxFileBytes)
                    throw HostRefusal.Invalid($"The file {hash} is larger than {_maxFileBytes} bytes, the most that this host takes. Keep data of that size in storage and read it there.");

                hasher.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            return Convert.ToHexStringLower(hasher.GetHashAndReset());
        }
        catch (Exception exception) when (isBrotli && exception is InvalidDataException or InvalidOperationException)
        {
            throw HostRefusal.Invalid($"The content sent for {hash} is not valid Brotli ({exception.Message}). Send it again, or without Content-Encoding.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (brotli is not null)
                await brotli.DisposeAsync().ConfigureAwait(false);
        }
    }
}
