using System.Globalization;

namespace Runhouse.Host.Machines;

/// <summary>What a process has used, as Linux tells it.</summary>
internal static class ProcessReading
{
    /// <summary>USER_HZ: the unit in which Linux tells times to programs, on every platform that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

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
        // The second field is the program's name in parentheses, with whatever it holds.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
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
}
