using System.Runtime.InteropServices;

namespace Runhouse.Kubernetes.App;

/// <summary>Remote code for pods.</summary>
public static class Jobs
{
    /// <summary>The name of the machine that it runs on, which is the pod's.</summary>
    [Remote]
    public static string Machine() => Environment.MachineName;

    /// <summary>The same, of code that names no cluster.</summary>
    [Remote(Provider = "kubernetes", Cpus = "1+")]
    public static string MachineOfAnyCluster() => Environment.MachineName;

    /// <summary>Numbers, with a line for each.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> CountAsync(int to)
    {
        for (int i = 0; i < to; i++)
        {
            Console.WriteLine($"number {i}");
            yield return i;
            await Task.Yield();
        }
    }

    /// <summary>The length of what it gets, and as much back.</summary>
    [Remote]
    public static byte[] Echo(byte[] data) => data;

    /// <summary>Says that it has begun, and does not end.</summary>
    [Remote]
    public static async Task WaitAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("begun");
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Waits until it is told that its machine is taken away, and gives for when.</summary>
    [Remote]
    public static async Task<DateTimeOffset?> UntilEndingAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("begun");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(RemoteContext.Ending, cancellationToken);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
        Console.WriteLine("told");
        return RemoteContext.EndsAt;
    }

    /// <summary>Takes memory until it gets no more.</summary>
    [Remote]
    public static unsafe void Devour()
    {
        while (true)
            NativeMemory.Fill(NativeMemory.Alloc(64 << 20), 64 << 20, 1);
    }
}
