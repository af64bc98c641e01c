using System.Runtime.CompilerServices;

namespace Runhouse.Integration.App;

/// <summary>Remote functions.</summary>
public static class Jobs
{
    /// <summary>Whether the last <see cref="WaitAsync"/> or <see cref="EndlessAsync"/> saw its cancellation, by key.</summary>
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, TaskCompletionSource> Cancelled = new();
    private static readonly Barrier FiveMeet = new(5);

    [Remote]
    public static Task<int> ProcessIdAsync() => Task.FromResult(Environment.ProcessId);

    [Remote]
    public static int AddSynchronously(int a, int b) => a + b; // advice: RH0017

    /// <summary>Leaves a flow behind that says, once <see cref="EndFlowAsync"/> tells it to, of which call it is; returns this call's id.</summary>
    [Remote]
    public static string LeaveFlow(string key) // advice: RH0017
    {
        Flows[key] = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource<string>());
        _ = SayWhoseAsync();
        return RemoteContext.Current!.CallId;

        async Task SayWhoseAsync()
        {
            await Flows[key].Go.Task;
            Flows[key].Call.SetResult(RemoteContext.Current!.CallId);
        }
    }

    private static readonly StrongBox<RemoteContext?> Kept = new();

    /// <summary>Keeps its context, without making anything.</summary>
    [Remote]
    public static void KeepContext() => Kept.Value = RemoteContext.Current; // advice: RH0017

    /// <summary>Whether the context that was kept is not that of the call that is running.</summary>
    [Remote]
    public static bool IsKeptContextAnother() => !ReferenceEquals(Kept.Value, RemoteContext.Current); // advice: RH0017

    /// <summary>The call that a flow sees, in the middle of another one.</summary>
    [Remote]
    public static async Task<string> EndFlowAsync(string key)
    {
        Flows[key].Go.SetResult();
        return await Flows[key].Call.Task;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, (TaskCompletionSource Go, TaskCompletionSource<string> Call)> Flows = new();

    [Remote]
    public static Task<Report> DescribeAsync(Order order, int times = 2, CancellationToken cancellationToken = default)
        => Task.FromResult(new Report(order.Customer.ToUpperInvariant(), order.Lines.Sum(static line => line.Price * line.Count) * times, order.Note));

    [Remote]
    public static async Task<int> NestedProcessIdAsync() => await ProcessIdAsync();

    [Remote]
    public static bool MeetFive(int timeoutSeconds) => FiveMeet.SignalAndWait(TimeSpan.FromSeconds(timeoutSeconds)); // advice: RH0017

    [Remote]
    public static async Task WaitAsync(string key, CancellationToken cancellationToken = default)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Signal(key).TrySetResult();
        }
    }

    [Remote]
    public static Task WasCancelledAsync(string key) => Signal(key).Task;

    [Remote]
    public static async IAsyncEnumerable<int> CountAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 64 == 0)
                await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return i;
        }
    }

    [Remote]
    public static async IAsyncEnumerable<string> StepwiseAsync(IAsyncEnumerable<string> steps, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (string step in steps.WithCancellation(cancellationToken))
        {
            Console.WriteLine("log of " + step);
            yield return "done " + step;
        }
    }

    [Remote]
    public static async IAsyncEnumerable<int> EndlessAsync(string key, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            Signal(key).TrySetResult();
        }
    }

    /// <summary>Fails when it is to clean up.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> CountAndNotCleanUpAsync(string what)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            CleanUp(what);
        }
    }

    private static void CleanUp(string what) => throw (what.Length > 0 ? new InvalidOperationException($"could not clean up {what}") : new UnreadableException());

    /// <summary>Works on each item without ever waiting, as a training loop does; the next one takes until somebody has seen the last.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> WorkAsync(string key)
    {
        await Task.CompletedTask;
        for (int i = 0; i < 4; i++)
        {
            Thread.Sleep(5);
            if (i > 0)
                Signal($"{key}-{i - 1}").Task.Wait();
            yield return i;
        }
    }

    [Remote]
    public static Task SawAsync(string key)
    {
        Signal(key).TrySetResult();
        return Task.CompletedTask;
    }

    [Remote]
    public static async Task<long> SumAsync(IAsyncEnumerable<int> numbers, CancellationToken cancellationToken = default)
    {
        long sum = 0;
        await foreach (int number in numbers.WithCancellation(cancellationToken))
            sum += number;
        return sum;
    }

    /// <summary>Takes blocks; how many bytes came, and by how many this process grew at the most meanwhile.</summary>
    [Remote]
    public static async Task<long[]> TakeBlocksAsync(IAsyncEnumerable<byte[]> blocks)
    {
        long before = Environment.WorkingSet;
        long bytes = 0;
        long most = 0;
        int count = 0;
        await foreach (byte[] block in blocks)
        {
            bytes += block.Length;
            if (++count % 512 == 0)
                most = Math.Max(most, Environment.WorkingSet - before);
        }

        return [bytes, most];
    }

    /// <summary>Gives blocks, each with its number at its end.</summary>
    [Remote]
    public static async IAsyncEnumerable<byte[]> GiveBlocksAsync(int count, int size)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
        {
            byte[] block = new byte[size];
            BitConverter.TryWriteBytes(block.AsSpan(size - sizeof(int)), i);
            yield return block;
        }
    }

    [Remote]
    public static Task<long> WorkingSetAsync() => Task.FromResult(Environment.WorkingSet);

    [Remote]
    public static async Task<int> FirstOfAsync(IAsyncEnumerable<int> numbers)
    {
        await foreach (int number in numbers)
            return number;
        return -1;
    }

    [Remote]
    public static async Task<string> ReportAsync(int count, IProgress<int> progress)
    {
        for (int i = 0; i < count; i++)
        {
            progress.Report(i);
            await Task.Yield();
        }

        return "reported";
    }

    [Remote]
    public static Task<int> FailAsync(string how) => how switch
    {
        "argument" => throw new ArgumentException("The oven is off.", nameof(how)),
        "own" => throw new OvenException("too hot", 1200) { Oven = "north" },
        "renamed" => throw new KilnException("too cold", new InvalidOperationException("the cause")),
        "worded" => throw new EmptyKilnException("south"),
        "unknown" => throw new UnbuildableException(new object(), new InvalidOperationException("the cause")),
        "cancelled" => throw new OperationCanceledException("the remote code gave up by itself"),
        _ => Task.FromResult(0),
    };

    [Remote]
    public static Task<int> WeighAsync(Node node) => Task.FromResult(node.Value);

    [Remote]
    public static Task<byte[]> EchoAsync(byte[] bytes) => Task.FromResult(bytes);

    [Remote]
    public static async Task WriteLinesAsync(string prefix, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Console.WriteLine($"{prefix}-{i}");
            await Task.Yield();
        }
    }

    [Remote(Gpu = "H100:8")]
    public static Task<string> UseAcceleratorsAsync() => Task.FromResult("done without");

    private static TaskCompletionSource Signal(string key)
        => Cancelled.GetOrAdd(key, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>An error whose message cannot be read.</summary>
public sealed class UnreadableException : Exception
{
    /// <inheritdoc/>
    public override string Message => throw new InvalidOperationException("no message");
}
