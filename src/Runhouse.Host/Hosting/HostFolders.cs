using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Host.Hosting;

/// <summary>Where the host keeps what, readable by its user only.</summary>
internal sealed class HostFolders
{
    public const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    public const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // The kernel's limit is 108 bytes with the terminator; some tools stop at 100.
    private const int MaxSocketPathBytes = 100;
    private const int SocketNameBytes = 32;
    private const int LogsKept = 100;
    private const long LogBytesKept = 512L << 20;
    private const string StateSuffix = ".state";

    public HostFolders(string home)
    {
        Home = home;
        Files = Path.Combine(home, "files");
        Deployments = Path.Combine(home, "deployments");
        Staged = Path.Combine(home, "staged");
        Hashes = Path.Combine(home, "hashes");
        Values = Path.Combine(home, "values");
        Logs = Path.Combine(home, "logs");
        Calls = Path.Combine(home, "calls");
        Images = Path.Combine(home, "images");
        MemoryGroups = Path.Combine(home, "memory-groups");
        Sockets = Path.Combine(home, "workers");
        if (Encoding.UTF8.GetByteCount(Sockets) + SocketNameBytes > MaxSocketPathBytes)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)).AsSpan(0, 6));
            Sockets = Path.Combine(Path.GetTempPath(), $"rh-{Environment.UserName}-{hash}");
        }
    }

    public string Home { get; }

    public string Files { get; }

    public string Deployments { get; }

    /// <summary>Contents on their way into the user's folders.</summary>
    public string Staged { get; }

    /// <summary>The hashes of what is in the user's folders.</summary>
    public string Hashes { get; }

    public string Values { get; }

    public string Sockets { get; }

    public string Logs { get; }

    /// <summary>What is large of detached calls, and what they wrote.</summary>
    public string Calls { get; }

    /// <summary>What the host keeps over its own end.</summary>
    public string StoreFile => Path.Combine(Home, "host.db");

    /// <summary>Which deployments of each application became current, the last one first.</summary>
    public string CurrentFile => Path.Combine(Home, "current.json");

    public string HostFile => Path.Combine(Home, "host.json");

    /// <summary>The host's certificate, with its key.</summary>
    public string CertificateFile => Path.Combine(Home, "certificate.pfx");

    /// <summary>What images have done to this machine.</summary>
    public string Images { get; }

    /// <summary>Where the control groups of workers are noted.</summary>
    public string MemoryGroups { get; }

    public string LockFile => Path.Combine(Home, "host.lock");

    public string SocketOf(string workerId) => Path.Combine(Sockets, $"{workerId}.sock");

    public string CallFile(string callId, string part) => Path.Combine(Calls, $"{callId}.{part}");

    public string LogOf(string workerId) => Path.Combine(Logs, $"worker-{workerId}.log");

    /// <summary>Writes what a worker is given of an object; the result is the file's name.</summary>
    public string PutState(string name, byte[] state)
    {
        string file = name + StateSuffix;
        try
        {
            using FileStream stream = OpenPrivate(Path.Combine(Sockets, file), FileMode.CreateNew);
            stream.Write(state);
            return file;
        }
        catch
        {
            // On a full disk a part of it is there.
            RemoveState(file);
            throw;
        }
    }

    /// <summary>Reads what a worker gave of an object, and deletes its file.</summary>
    public byte[] TakeState(string file)
    {
        byte[] state = File.ReadAllBytes(Path.Combine(Sockets, Path.GetFileName(file)));
        RemoveState(file);
        return state;
    }

    /// <summary>Deletes a file that nobody takes any more.</summary>
    public void RemoveState(string file)
    {
        string path = Path.Combine(Sockets, Path.GetFileName(file));
        if (File.Exists(path))
            File.Delete(path);
    }

    /// <summary>Deletes the states that a worker and this host were giving each other, once the worker has ended.</summary>
    /// <param name="workerId">The worker.</param>
    public void RemoveStatesOf(string workerId)
    {
        foreach (string state in Directory.EnumerateFiles(Sockets, $"{workerId}-*{StateSuffix}"))
            File.Delete(state);
    }

    public void Create()
    {
        foreach (string folder in (ReadOnlySpan<string>)[Home, Files, Deployments, Logs, Images, Sockets])
        {
            CreatePrivate(folder);
        }
    }

    /// <summary>Removes what workers of former hosts left: their sockets, states on their way, and all but the latest of their logs. Only while no worker runs.</summary>
    public void RemoveLeftovers()
    {
        foreach (string socket in Directory.EnumerateFiles(Sockets, "*.sock"))
            File.Delete(socket);
        foreach (string state in Directory.EnumerateFiles(Sockets, "*" + StateSuffix))
            File.Delete(state);
        RemoveOldLogs(FrozenSet<string>.Empty);
    }

    /// <summary>Deletes the logs of workers that have ended, but for the latest ones: those of a hundred workers, and of 512 MiB together.</summary>
    /// <param name="alive">The ids of workers that have not.</param>
    public void RemoveOldLogs(IReadOnlySet<string> alive)
    {
        int workers = 0;
        long bytes = 0;
        foreach (IGrouping<string, FileInfo> logs in new DirectoryInfo(Logs).EnumerateFiles("worker-*.log*")
            .GroupBy(static log => log.Name["worker-".Length..log.Name.IndexOf('.', StringComparison.Ordinal)])
            .Where(logs => !alive.Contains(logs.Key))
            .OrderByDescending(static logs => logs.Max(static log => log.LastWriteTimeUtc)))
        {
            workers++;
            bytes += logs.Sum(static log => log.Length);
            if (workers == 1 || (workers <= LogsKept && bytes <= LogBytesKept))
                continue;
            foreach (FileInfo log in logs)
                log.Delete();
        }
    }

    /// <summary>Creates a folder that only this user can enter, and refuses one that is not this user's own.</summary>
    public static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        DirectoryInfo info = Directory.CreateDirectory(folder, PrivateFolder);
        if (info.LinkTarget is not null)
            throw new IOException($"{folder} is a symbolic link. Remove it, or choose another folder with --home.");

        // It may exist with wider rights; changing them fails when it belongs to someone else, which is what we want to know.
        if (info.UnixFileMode != PrivateFolder)
            File.SetUnixFileMode(folder, PrivateFolder);
    }

    /// <summary>Creates what is missing of a folder's path, for this user only; what exists stays as it is.</summary>
    public static void CreateMissing(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, PrivateFolder);
    }

    /// <summary>Writes a file that only this user can read in one step: a reader, and the next start after a loss of power, sees all of it or none.</summary>
    public static void WritePrivate(string path, ReadOnlySpan<byte> content)
    {
        string draft = path + ".tmp";
        File.Delete(draft);
        using (FileStream stream = OpenPrivate(draft, FileMode.CreateNew))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    /// <summary>Opens a new file that only this user can read.</summary>
    public static FileStream OpenPrivate(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = PrivateFile;
        return new FileStream(path, options);
    }
}
