using System.Buffers;
using System.Security.Cryptography;
using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Values;

/// <summary>
/// Values by their keys, on disk. A value appears, is replaced and is renamed in one step; whoever reads it meanwhile reads the former one to its
/// end, and one that breaks off on its way in leaves the former one.
/// </summary>
internal sealed class ValueStore(HostFolders folders, HostSettings settings, TimeProvider time)
{
    private const int BufferBytes = 128 << 10;
    private const int MaxContentType = 200;
    private const int MaxCompared = 10_000;

    private readonly Lock _gate = new();
    private ValueIndex? _index;

    /// <summary>Takes a value in.</summary>
    public async Task<ValueStatus> PutAsync(string key, string contentType, Stream body, CancellationToken cancellationToken)
    {
        ValueKey.Check(key);
        if (contentType.Length > MaxContentType || contentType.Any(char.IsControl))
            throw HostRefusal.Transfer($"The content type of '{key}' is longer than {MaxContentType} characters, or holds a control character. Name a kind such as application/json.");

        lock (_gate)
            Index();
        string data = RandomNumberGenerator.GetHexString(32, lowercase: true);
        string path = Path.Combine(folders.Values, ValueIndex.DataFolder, data);
        bool isKept = false;
        try
        {
            long size = await ReceiveAsync(path, key, body, cancellationToken).ConfigureAwait(false);
            var file = new ValueFile(key, contentType, size, time.GetUtcNow(), data);
            lock (_gate)
                Index().Set(file);
            isKept = true;
            return StatusOf(file);
        }
        catch (IOException e) when (e is not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw HostRefusal.Transfer($"The value '{key}' cannot be kept: {e.Message} Check the free space on the host, then put it again; what was there before is unchanged.");
        }
        finally
        {
            if (!isKept)
                File.Delete(path);
        }
    }

    /// <summary>Opens a value for reading; it stays what it is, whatever happens to its key meanwhile.</summary>
    public FileStream OpenRead(string key, out ValueStatus status)
    {
        ValueKey.Check(key);
        lock (_gate)
        {
            ValueFile file = Get(key);
            status = StatusOf(file);
            return new FileStream(
                Path.Combine(folders.Values, ValueIndex.DataFolder, file.Data), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
    }

    public IReadOnlyList<ValueStatus> List(string prefix)
    {
        lock (_gate)
        {
            return
            [
                .. Index().All.Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .OrderBy(static file => file.Key, StringComparer.Ordinal).Select(StatusOf),
            ];
        }
    }

    public ValueStatus Rename(string from, string to, bool overwrite)
    {
        ValueKey.Check(from);
        ValueKey.Check(to);
        lock (_gate)
        {
            ValueFile file = Get(from);
            if (from == to)
                return StatusOf(file);
            if (!overwrite && Index().Find(to) is not null)
                throw new HostRefusal(StatusCodes.Status409Conflict, HostErrorCode.Transfer, $"A value '{to}' exists. Delete it, choose another key, or rename with overwrite.");
            ValueFile renamed = file with { Key = to, RenamedFrom = from };
            Index().Set(renamed);
            Index().Remove(file, keepsData: true);
            return StatusOf(renamed);
        }
    }

    public void Delete(string key)
    {
        ValueKey.Check(key);
        lock (_gate)
            Index().Remove(Get(key), keepsData: false);
    }

    public int DeleteAll()
    {
        lock (_gate)
        {
            ValueFile[] all = [.. Index().All];
            foreach (ValueFile file in all)
                Index().Remove(file, keepsData: false);
            return all.Length;
        }
    }

    private static ValueStatus StatusOf(ValueFile file) => new(file.Key, file.Size, file.ContentType, file.ModifiedAt);

    // Read at the first use: it takes its time, and most hosts have no values.
    private ValueIndex Index() => _index ??= ValueIndex.Load(folders.Values);

    private ValueFile Get(string key)
    {
        if (Index().Find(key) is { } file)
            return file;
        int count = Index().All.Count;
        string[] near = NearNames.Of(key, Index().All.Select(static other => other.Key).Take(MaxCompared));
        string hint = near.Length > 0
            ? $"Near keys: {string.Join(", ", near.Select(static other => $"'{other}'"))}."
            : $"This host has {(count == 0 ? "no values" : $"{count} value{(count == 1 ? "" : "s")}, none with a key near it")}. Put it first, or list the keys.";
        throw HostRefusal.NotFound($"No value has the key '{key}'. {hint}");
    }

    private async Task<long> ReceiveAsync(string path, string key, Stream body, CancellationToken cancellationToken)
    {
        using FileStream file = HostFolders.OpenPrivate(path, FileMode.CreateNew);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long total = 0;
            int read;
            while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                total += read;
                if (total > settings.MaxTransferBytes)
                    throw HostRefusal.Transfer($"The value '{key}' is larger than {settings.MaxTransferBytes} bytes, the most that this host takes. Put it in parts.");
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            // What the index names must be on the disk before it does.
            await Task.Run(() => file.Flush(flushToDisk: true), cancellationToken).ConfigureAwait(false);
            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
