using System.Security.Cryptography;
using System.Text.Json;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Leases;

/// <summary>
/// The leases of this user: a file for each cluster, which only the user may read. Whoever holds a cluster's lock may change its lease; the system gives the lock back when
/// the process ends, however it ends, so that a lease that stands at a step with its lock free is one whose process has died there.
/// </summary>
/// <param name="home">Runhouse's folder of the user.</param>
internal sealed class LeaseStore(RunhouseHome home)
{
    private const string Suffix = ".json";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What leases have cost.</summary>
    public CostLedger Ledger { get; } = new(home);

    private string Folder => Path.Combine(home.Path, "leases");

    /// <summary>The clusters with a lease, by name.</summary>
    public IReadOnlyList<string> Names() => !Directory.Exists(Folder) ? [] :
    [
        .. Directory.EnumerateFiles(Folder, "*" + Suffix).Select(static path => Path.GetFileName(path)[..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Takes a cluster's lock, for as long as another process does not have it: that one may be waiting for machines.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<FileStream> TakeAsync(string cluster, TimeProvider time, CancellationToken cancellationToken) => TakeAsync(() => TryTake(cluster), time, cancellationToken);

    /// <summary>Takes the lock of a volume, which is held while it is looked for and made, attached, or deleted.</summary>
    /// <param name="volume">The volume's name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<FileStream> TakeVolumeAsync(string volume, TimeProvider time, CancellationToken cancellationToken)
    {
        RunhouseHome.CreatePrivate(Folder);
        return TakeAsync(() => FileLock.TryTake(Path.Combine(Folder, volume + ".volume.lock")), time, cancellationToken);
    }

    /// <summary>Takes a cluster's lock; null when somebody has it.</summary>
    /// <param name="cluster">The cluster.</param>
    public FileStream? TryTake(string cluster)
    {
        RunhouseHome.CreatePrivate(Folder);
        return FileLock.TryTake(PathOf(cluster) + ".lock");
    }

    /// <summary>Says that somebody waits for a cluster's machines, for as long as the result is not disposed of; several may.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting for whoever looks whether anybody waits.</param>
    public Task<FileStream> WaitForAsync(string cluster, TimeProvider time, CancellationToken cancellationToken)
    {
        RunhouseHome.CreatePrivate(Folder);
        return TakeAsync(() => FileLock.TryShare(PathOf(cluster) + ".waits"), time, cancellationToken);
    }

    /// <summary>Keeps others from waiting for a cluster's machines; null when somebody waits.</summary>
    /// <param name="cluster">The cluster.</param>
    public FileStream? TryTakeWaits(string cluster)
    {
        RunhouseHome.CreatePrivate(Folder);
        return FileLock.TryTake(PathOf(cluster) + ".waits");
    }

    /// <summary>The lease of a cluster; null when it has none.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <exception cref="RunhouseConfigurationException">Its file cannot be read.</exception>
    public Lease? Find(string cluster)
    {
        string path = PathOf(cluster);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), LeaseJson.Default.Lease);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"The lease {path} cannot be read: {e.Message} Remove the file, and run 'runhouse gc', which ends machines that nobody knows of any more.", e);
        }
    }

    /// <summary>Writes a lease, so that it is there when this returns, whatever happens next. The caller holds the lock.</summary>
    /// <param name="lease">The lease.</param>
    public void Save(Lease lease)
    {
        string path = PathOf(lease.Cluster);
        string draft = path + ".tmp";
        using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
        {
            JsonSerializer.Serialize(stream, lease, LeaseJson.Default.Lease);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Forgets a lease whose machines are gone. The caller holds the lock.</summary>
    /// <param name="cluster">The cluster.</param>
    public void Remove(string cluster) => File.Delete(PathOf(cluster));

    /// <summary>The file of the key with which the machines of a lease are logged in to.</summary>
    /// <param name="lease">The lease.</param>
    public string KeyFileOf(Lease lease)
    {
        string path = Path.Combine(Folder, lease.Id + ".key");
        if (File.Exists(path))
            return path;

        // Whole or not at all, however many write it at once.
        string draft = $"{path}.{RandomNumberGenerator.GetHexString(8)}";
        using (var stream = new FileStream(draft, RunhouseHome.PrivateFile))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(lease.LoginKey));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        return path;
    }

    /// <summary>Removes what is kept for the machines of a lease alone.</summary>
    /// <param name="lease">The lease.</param>
    public void RemoveKeyFile(Lease lease) => File.Delete(Path.Combine(Folder, lease.Id + ".key"));

    private static async Task<FileStream> TakeAsync(Func<FileStream?> tryTake, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (tryTake() is { } held)
                return held;
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private string PathOf(string cluster)
    {
        ClusterName.Check(cluster);
        return Path.Combine(Folder, cluster + Suffix);
    }
}
