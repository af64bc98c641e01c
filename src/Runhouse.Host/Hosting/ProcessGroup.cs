using System.Globalization;
using Runhouse.Host.Machines;

namespace Runhouse.Host.Hosting;

/// <summary>
/// What a process that has ended has left in its session's first group. The group goes by the number that the process had, which the system gives to somebody else once the
/// group is empty: it is signalled only if one of its processes was there before the end, as it has kept the number since.
/// </summary>
internal static class ProcessGroup
{
    private const int Group = 2;
    private const int Session = 3;
    private const int Start = 19;

    /// <summary>Signals what is left.</summary>
    /// <param name="processId">The number of the process that has ended.</param>
    /// <param name="endedAt">When that was noted, by <see cref="ProcessReading.Now"/>.</param>
    /// <param name="signal">The signal.</param>
    public static void SignalRest(int processId, long endedAt, int signal)
    {
        // No such group, as a rule: then nothing is left.
        if (ChildProcess.HasGroup(processId) && IsLeft(processId, endedAt))
            ChildProcess.SignalGroup(processId, signal);
    }

    private static bool IsLeft(int processId, long endedAt)
    {
        string group = processId.ToString(CultureInfo.InvariantCulture);

        // Another process has the number.
        if (Directory.Exists("/proc/" + group))
            return false;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && ProcessReading.TryReadFields(id) is { Length: > Start } fields && fields[Group] == group && fields[Session] == group
                && long.Parse(fields[Start], CultureInfo.InvariantCulture) <= endedAt)
            {
                return true;
            }
        }

        return false;
    }
}
