using System.Globalization;
using System.Text;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Machines;

/// <summary>
/// The control groups of workers with a limit, below the host's own. They are noted in the host's folder while they exist, so that a host which starts after one
/// that was killed removes them.
/// </summary>
internal sealed partial class MemoryGroups
{
    private const string Prefix = "runhouse-";
    private const string OwnLeaf = Prefix + "host";

    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(1);

    private readonly string _notes;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Place? _place;
    private readonly Lock _gate = new();
    private long _killsSeen;
    private long? _killedAt;
    private bool _hasTold;

    public MemoryGroups(HostFolders folders, TimeProvider time, ILogger<MemoryGroups> log)
        : this(folders.MemoryGroups, Find(ReadLines("/proc/self/cgroup"), ReadLines("/proc/self/mountinfo")), time, log)
    {
    }

    /// <summary>For tests: groups in a place of their own.</summary>
    internal MemoryGroups(string notes, Place? place, TimeProvider time, ILogger log)
    {
        (_notes, _place, _time, _log) = (notes, place, time, log);
        _killsSeen = ReadOwnKills();
    }

    /// <summary>What the host's own group may have, in bytes; null for no limit.</summary>
    public long? OwnLimitBytes => _place?.Files.ReadLimit(_place.Folder);

    /// <summary>Where groups for memory can be: the host's own group, if the system shows it.</summary>
    /// <param name="ownGroups">The lines of <c>/proc/self/cgroup</c>.</param>
    /// <param name="mounts">The lines of <c>/proc/self/mountinfo</c>.</param>
    public static Place? Find(IEnumerable<string> ownGroups, IEnumerable<string> mounts)
    {
        // "4:memory:/path" in version 1, "0::/path" in version 2; the first is where the controller is, if it is there.
        string[][] own = [.. ownGroups.Select(static line => line.Split(':', 3)).Where(static parts => parts.Length == 3)];
        string[][] all = [.. mounts.Select(static line => line.Split(' '))];
        return Array.Find(own, static parts => parts[1].Split(',').Contains("memory")) is { } first
            ? At(first[2], all, "cgroup", static options => options.Split(',').Contains("memory"), MemoryGroupFiles.Version1)
            : Array.Find(own, static parts => parts[0] == "0") is { } second ? At(second[2], all, "cgroup2", static _ => true, MemoryGroupFiles.Version2) : null;
    }

    /// <summary>Makes the group of a worker and puts its process there.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="processId">Its process.</param>
    /// <param name="limitBytes">What it may have.</param>
    /// <returns>The group; null when there can be none, which the log says once.</returns>
    public MemoryGroup? TryCreate(string workerId, int processId, long limitBytes)
    {
        if (_place is null)
        {
            Tell("this system has no control groups for memory");
            return null;
        }

        var group = new MemoryGroup(Path.Combine(_place.Folder, Prefix + workerId), _place.Files);
        try
        {
            if (_place.Files == MemoryGroupFiles.Version2)
            {
                lock (_gate)
                    HandDown(_place.Folder);
            }

            HostFolders.CreatePrivate(_notes);
            HostFolders.WritePrivate(Path.Combine(_notes, workerId), Encoding.UTF8.GetBytes(group.Folder));
            group.Create(limitBytes);
            group.Add(processId);
            return group;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _ = RemoveAsync(workerId, group);
            Tell(exception.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>Ends what is left in a worker's group, and removes it.</summary>
    public async Task RemoveAsync(string workerId, MemoryGroup group)
    {
        if (await group.RemoveAsync(_time).ConfigureAwait(false))
            File.Delete(Path.Combine(_notes, workerId));
        else
            LogGroupStays(group.Folder);
    }

    /// <summary>Removes the groups of a host that was killed, with what is left in them: its workers have nobody any more.</summary>
    public async Task RemoveLeftoversAsync()
    {
        if (!Directory.Exists(_notes))
            return;
        foreach (string note in Directory.GetFiles(_notes))
        {
            string folder = await File.ReadAllTextAsync(note).ConfigureAwait(false);
            if (Path.GetFileName(folder) == Prefix + Path.GetFileName(note))
                await RemoveAsync(Path.GetFileName(note), new MemoryGroup(folder, _place?.Files ?? MemoryGroupFiles.Version2)).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the kernel has ended a process of the host's own group, where workers without a limit are, in the last second. Asked now and then.</summary>
    public bool HasKilledLately()
    {
        if (_place is null)
            return false;
        lock (_gate)
        {
            long kills = ReadOwnKills();
            if (kills > _killsSeen)
                (_killsSeen, _killedAt) = (kills, _time.GetTimestamp());
            return _killedAt is { } at && _time.GetElapsedTime(at) <= Lately;
        }
    }

    // Once the controllers have been handed down, the host and the workers without a limit are in a group of their own below.
    private long ReadOwnKills() => _place is null ? 0 : _place.Files.ReadKills(_place.Folder) + _place.Files.ReadKills(Path.Combine(_place.Folder, OwnLeaf));

    // A path in the file is relative to what is mounted; of another namespace, it leads out of it.
    private static Place? At(string path, string[][] mounts, string type, Func<string, bool> isIt, MemoryGroupFiles files)
    {
        foreach (string[] mount in mounts)
        {
            int separator = Array.IndexOf(mount, "-");
            if (separator < 6 || mount.Length < separator + 4 || mount[separator + 1] != type || !isIt(mount[separator + 3]))
                continue;
            string root = mount[3].TrimEnd('/');
            if (path.StartsWith(root + "/", StringComparison.Ordinal) || root.Length == 0)
                return new Place(Path.Combine(mount[4], path[root.Length..].TrimStart('/')), files);
            if (path == root)
                return new Place(mount[4], files);
        }

        return null;
    }

    // In version 2 a group either has processes or hands its controllers down. The host and its workers therefore move into a group of their own, once, unless the
    // group is not theirs alone.
    private static void HandDown(string folder)
    {
        string control = Path.Combine(folder, "cgroup.subtree_control");
        if (File.ReadAllText(control).Split(' ', '\n').Contains("memory"))
            return;
        string[] processes = File.ReadAllLines(Path.Combine(folder, MemoryGroupFiles.Processes));
        if (Array.Find(processes, static process => !IsOwn(process)) is { } foreign)
            throw new IOException($"the host shares its control group with other programs, such as process {foreign}");
        string leaf = Path.Combine(folder, OwnLeaf);
        Directory.CreateDirectory(leaf);
        while (processes.Length > 0)
        {
            foreach (string process in processes)
                File.WriteAllText(Path.Combine(leaf, MemoryGroupFiles.Processes), process);
            processes = File.ReadAllLines(Path.Combine(folder, MemoryGroupFiles.Processes));
        }

        File.WriteAllText(control, "+memory");
    }

    private void Tell(string problem)
    {
        if (!Interlocked.Exchange(ref _hasTold, true))
            LogNoGroups(problem);
    }

    private static bool IsOwn(string process)
    {
        for (int id = int.Parse(process, CultureInfo.InvariantCulture); id > 1; id = ProcessReading.TryReadParent(id) ?? 0)
        {
            if (id == Environment.ProcessId)
                return true;
        }

        return false;
    }

    private static string[] ReadLines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];

    [LoggerMessage(LogLevel.Warning, "The memory of workers is limited by the runtime's heap limit alone, native memory and child processes are beside it: {Reason}. Give the host a control group of its own that its user may write")]
    private partial void LogNoGroups(string reason);

    [LoggerMessage(LogLevel.Warning, "The control group {Folder} cannot be removed: processes in it do not end. The next start of the host tries again")]
    private partial void LogGroupStays(string folder);

    /// <summary>A group below which there can be others.</summary>
    /// <param name="Folder">Its folder.</param>
    /// <param name="Files">How its files are called.</param>
    internal sealed record Place(string Folder, MemoryGroupFiles Files);
}
