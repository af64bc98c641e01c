using System.Globalization;

namespace Runhouse.Host.Machines;

/// <summary>How a version of the kernel's control groups calls the files of a group's memory.</summary>
internal sealed record MemoryGroupFiles
{
    /// <summary>The group's processes, in either version.</summary>
    public const string Processes = "cgroup.procs";

    /// <summary>Version 1: a hierarchy for each controller.</summary>
    public static MemoryGroupFiles Version1 { get; } = new()
    {
        Limit = "memory.limit_in_bytes",
        SwapLimit = "memory.memsw.limit_in_bytes",
        CountsMemoryWithSwap = true,
        Peak = "memory.max_usage_in_bytes",
        Events = ["memory.oom_control"],
    };

    /// <summary>Version 2: one hierarchy, with controllers that a parent hands down.</summary>
    public static MemoryGroupFiles Version2 { get; } = new()
    {
        Limit = "memory.max",
        SwapLimit = "memory.swap.max",
        CountsMemoryWithSwap = false,
        Peak = "memory.peak",

        // What happens below a group counts in the second one too. Older kernels have that alone.
        Events = ["memory.events.local", "memory.events"],
    };

    /// <summary>What the processes may have together.</summary>
    public required string Limit { get; init; }

    /// <summary>What they may have swapped out; where <see cref="CountsMemoryWithSwap"/>, together with what is not.</summary>
    public required string SwapLimit { get; init; }

    /// <summary>Whether the limit of what is swapped out counts all memory.</summary>
    public required bool CountsMemoryWithSwap { get; init; }

    /// <summary>The most that they have had at once.</summary>
    public required string Peak { get; init; }

    /// <summary>The files with the line <c>oom_kill N</c>: the first one that there is counts.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>The most memory that a group has had at once, in bytes; null when the kernel does not tell.</summary>
    /// <param name="folder">The group's folder.</param>
    public long? ReadPeak(string folder) => TryRead(Path.Combine(folder, Peak)) is { } text
        && long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;

    /// <summary>What a group may have, in bytes; null for no limit.</summary>
    /// <param name="folder">The group's folder.</param>
    public long? ReadLimit(string folder) => TryRead(Path.Combine(folder, Limit)) is { } text
        && long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;

    /// <summary>How many processes of a group, and of none below it where the kernel tells them apart, it has ended for want of memory; 0 when it does not tell.</summary>
    /// <param name="folder">The group's folder.</param>
    public long ReadKills(string folder)
    {
        const string Key = "oom_kill ";
        foreach (string line in (Events.Select(file => TryRead(Path.Combine(folder, file))).FirstOrDefault(static text => text is not null) ?? "").Split('\n'))
        {
            if (line.StartsWith(Key, StringComparison.Ordinal) && long.TryParse(line.AsSpan(Key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long kills))
                return kills;
        }

        return 0;
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // An older kernel has fewer files, and the top of the hierarchy has none of them.
            return null;
        }
    }
}
