using System.Globalization;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Machines;

/// <summary>A control group of the kernel that limits the memory of a worker and of all that it starts.</summary>
/// <param name="folder">The group's folder.</param>
/// <param name="files">How this version of control groups calls things.</param>
internal sealed class MemoryGroup(string folder, MemoryGroupFiles files)
{
    private const int RemovalTries = 50;
    private static readonly TimeSpan RemovalPause = TimeSpan.FromMilliseconds(20);

    public string Folder => folder;

    /// <summary>Makes the group.</summary>
    /// <param name="limitBytes">The memory that its processes may have together, swapped out or not.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public void Create(long limitBytes)
    {
        Directory.CreateDirectory(folder);
        Write(files.Limit, limitBytes);

        // A kernel that does not count what is swapped out has no such file.
        if (File.Exists(Path.Combine(folder, files.SwapLimit)))
            Write(files.SwapLimit, files.CountsMemoryWithSwap ? limitBytes : 0);
    }

    /// <summary>Puts a process into the group; what it starts from now on is in it too.</summary>
    public void Add(int processId) => Write(MemoryGroupFiles.Processes, processId);

    /// <summary>The most memory that it has had at once, in bytes; null when the kernel does not tell.</summary>
    public long? ReadPeak() => files.ReadPeak(folder);

    /// <summary>How many of its processes the kernel has ended for want of memory.</summary>
    public long ReadKills() => files.ReadKills(folder);

    /// <summary>Ends what is left in the group and removes it.</summary>
    /// <returns>Whether it is gone; processes that hang in the kernel keep it.</returns>
    public async Task<bool> RemoveAsync(TimeProvider time)
    {
        for (int i = 0; i < RemovalTries; i++)
        {
            if (TryRemove())
                return true;
            await Task.Delay(RemovalPause, time).ConfigureAwait(false);
        }

        return false;
    }

    private bool TryRemove()
    {
        try
        {
            if (!Directory.Exists(folder))
                return true;
            foreach (string line in File.ReadLines(Path.Combine(folder, MemoryGroupFiles.Processes)))
                ChildProcess.SignalOne(int.Parse(line, CultureInfo.InvariantCulture), ChildProcess.Kill);

            // Its files are the kernel's and go with it.
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            // A process has gone between two steps, or not quite yet.
            return false;
        }
    }

    private void Write(string file, long value) => File.WriteAllText(Path.Combine(folder, file), value.ToString(CultureInfo.InvariantCulture));
}
