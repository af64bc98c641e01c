using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Machines;

/// <summary>What the machine has and how much of it is in use, as Linux tells it.</summary>
internal static class MachineReading
{
    private const string Load = "/proc/loadavg";
    private const string Memory = "/proc/meminfo";

    /// <summary>Reads it.</summary>
    /// <param name="home">The host's folder, whose disk counts.</param>
    /// <param name="accelerators">The accelerators.</param>
    public static MachineStatus Read(string home, IReadOnlyList<AcceleratorStatus> accelerators)
    {
        (long total, long available) = ReadMemory();
        var disk = new DriveInfo(Path.GetFullPath(home));
        return new MachineStatus
        {
            Name = Environment.MachineName,
            Cores = Environment.ProcessorCount,
            Load = File.Exists(Load) ? ParseLoad(File.ReadAllText(Load)) : 0,
            MemoryBytes = total,
            MemoryAvailableBytes = available,
            DiskBytes = disk.TotalSize,
            DiskAvailableBytes = disk.AvailableFreeSpace,
            Accelerators = accelerators,
        };
    }

    /// <summary>The memory in all and what programs could still get, in bytes.</summary>
    public static (long Total, long Available) ReadMemory()
        => File.Exists(Memory) ? ParseMemory(File.ReadLines(Memory)) : (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 0);

    /// <summary>The processes that ran or wanted to, on average of the last minute.</summary>
    /// <param name="text">The content of <c>/proc/loadavg</c>.</param>
    public static double ParseLoad(string text)
        => double.TryParse(text.Split(' ', 2)[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double load) ? load : 0;

    /// <summary>The memory in all and what programs could still get, in bytes.</summary>
    /// <param name="lines">The lines of <c>/proc/meminfo</c>.</param>
    public static (long Total, long Available) ParseMemory(IEnumerable<string> lines)
    {
        long total = 0;
        long available = 0;
        foreach (string line in lines)
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Kibibytes(line);
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Kibibytes(line);
        }

        return (total, available);

        static long Kibibytes(string line)
            => long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number << 10 : 0;
    }
}
