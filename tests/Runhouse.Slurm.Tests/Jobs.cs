namespace Runhouse.Slurm;

/// <summary>Remote code for nodes of Slurm.</summary>
public static class Jobs
{
    /// <summary>The name of the machine that it runs on.</summary>
    [Remote]
    public static string Machine() => Environment.MachineName;

    /// <summary>The same, of a machine that the code asks Slurm for.</summary>
    [Remote(Provider = "slurm", Cpus = "1", Region = "debug")]
    public static string MachineElsewhere() => Environment.MachineName;

    /// <summary>A variable of the environment.</summary>
    [Remote]
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    /// <summary>How many processors, and how much memory in MiB, .NET takes for its own.</summary>
    [Remote]
    public static int[] Room() => [Environment.ProcessorCount, (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20)];

    /// <summary>Says that it is there, and when it is told that its machine ends; goes on all the same.</summary>
    [Remote]
    public static async IAsyncEnumerable<DateTimeOffset?> WatchEndAsync()
    {
        yield return null;
        var told = new TaskCompletionSource();
        using (RemoteContext.Ending.Register(told.SetResult))
            await told.Task;
        yield return RemoteContext.EndsAt;
        await Task.Delay(Timeout.Infinite);
    }

    /// <summary>Kills the host of the worker in which it runs.</summary>
    [Remote]
    public static void KillHost()
    {
        string parent = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("PPid:", StringComparison.Ordinal))["PPid:".Length..];
        using var host = System.Diagnostics.Process.GetProcessById(int.Parse(parent, System.Globalization.CultureInfo.InvariantCulture));
        host.Kill();

        // The worker goes with it, and a result does not go before.
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Numbers, one after another, for as long as somebody wants them.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> CountAsync()
    {
        for (int number = 0; ; number++)
        {
            yield return number;
            await Task.Delay(20);
        }
    }
}
