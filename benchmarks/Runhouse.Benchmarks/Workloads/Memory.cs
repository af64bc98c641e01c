using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>The memory of processes, and how it is made small for a measurement.</summary>
internal static class Memory
{
    /// <summary>Collects this process' garbage and gives its memory back to the system.</summary>
    public static void Release()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>How many bytes this process has allocated so far.</summary>
    /// <param name="release">Whether it first releases the memory that it can.</param>
    public static long Allocated(bool release)
    {
        if (release)
            Release();
        return GC.GetTotalAllocatedBytes(precise: true);
    }

    /// <summary>The working sets of processes together, in bytes.</summary>
    /// <param name="processes">Their ids.</param>
    public static long Of(IReadOnlyList<int> processes)
    {
        long sum = 0;
        foreach (int id in processes)
        {
            using var process = Process.GetProcessById(id);
            sum += process.WorkingSet64;
        }

        return sum;
    }
}
