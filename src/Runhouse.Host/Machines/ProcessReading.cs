using System.Globalization;
using System.Runtime.InteropServices;

namespace Runhouse.Host.Machines;

/// <summary>What a process has used, as Linux tells it.</summary>
internal static partial class ProcessReading
{
    /// <summary>USER_HZ: the unit in which Linux tells times to programs, on every platform that .NET runs on.</summary>
    private const double TicksPerSecond = 100;
    private const long NanosecondsPerTick = 10_000_000;

    /// <summary>The memory that it holds in bytes, and its processor time in seconds; null when it has ended or the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    public static (long MemoryBytes, double CpuSeconds)? TryRead(int pid)
    {
        try
        {
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            return Parse(File.ReadAllText(Path.Combine(folder, "stat")), File.ReadAllText(Path.Combine(folder, "statm")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When it was started, in ticks since the start of the machine; null when it has ended or the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    public static string? TryReadStart(int pid)
    {
        const int Start = 19;
        return TryReadFields(pid) is { Length: > Start } fields ? fields[Start] : null;
    }

    /// <summary>Whether it is stopped by a signal, and whether another process traces it, as debuggers do.</summary>
    /// <param name="pid">The process.</param>
    public static (bool IsStopped, bool IsTraced) ReadStop(int pid)
    {
        // State T of a process that a signal has stopped, t of one that its tracer has.
        try
        {
            string[] lines = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"));
            return (lines.Any(static line => line.StartsWith("State:\tT", StringComparison.Ordinal)),
                lines.Any(static line => line.StartsWith("TracerPid:", StringComparison.Ordinal) && line.AsSpan(10).Trim() is not "0"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (false, false);
        }
    }

    /// <summary>Whether a process of this host has ended, also one whose end this host is yet to be told of; false where the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    public static bool HasEnded(int pid)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return stat[(stat.LastIndexOf(')') + 1)..].TrimStart() is ['Z' or 'X' or 'x', ..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));
        }
    }

    /// <summary>The process that started another one; null when that has ended or the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    public static int? TryReadParent(int pid)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 1 && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parent) ? parent : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the files of a process.</summary>
    /// <param name="stat">The content of <c>stat</c>.</param>
    /// <param name="statm">The content of <c>statm</c>.</param>
    public static (long MemoryBytes, double CpuSeconds)? Parse(string stat, string statm)
    {
        string[] fields = Fields(stat);
        string[] pages = statm.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int User = 11;
        const int Kernel = 12;
        if (fields.Length <= Kernel || pages.Length < 2
            || !long.TryParse(fields[User], NumberStyles.None, CultureInfo.InvariantCulture, out long user)
            || !long.TryParse(fields[Kernel], NumberStyles.None, CultureInfo.InvariantCulture, out long kernel)
            || !long.TryParse(pages[1], NumberStyles.None, CultureInfo.InvariantCulture, out long resident))
        {
            return null;
        }

        return (resident * Environment.SystemPageSize, (user + kernel) / TicksPerSecond);
    }

    /// <summary>The time in which <see cref="TryReadStart"/> tells, in ticks since the start of the machine.</summary>
    public static long Now()
    {
        const int SinceBoot = 7;
        _ = ReadClock(SinceBoot, out Timespec now);
        return ((long)now.Seconds * (long)TicksPerSecond) + ((long)now.Nanoseconds / NanosecondsPerTick);
    }

    /// <summary>What Linux tells of a process behind its number and name, from its state on; null when it has ended or the system does not tell.</summary>
    /// <param name="pid">The process.</param>
    public static string[]? TryReadFields(int pid)
    {
        try
        {
            return Fields(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The second field is the program's name in parentheses, with whatever it holds.
    private static string[] Fields(string stat) => stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadClock(int clock, out Timespec now);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
