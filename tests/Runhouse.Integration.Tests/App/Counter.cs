#pragma warning disable RH0120 // The tests ask one worker how often its static state has changed.

namespace Runhouse.Integration.App;

public interface ICounter
{
    Task<int> IncrementAsync(int by = 1, CancellationToken cancellationToken = default);
}

/// <summary>A remote class with state.</summary>
[Remote]
public sealed class Counter(int start = 0) : ICounter, IAsyncDisposable
{
    private static int _disposed;
    private int _value = start;

    public int Value
    {
        get => _value;
        set => _value = value;
    }

    public int ProcessId => Environment.ProcessId;

    public Task<int> IncrementAsync(int by = 1, CancellationToken cancellationToken = default) => Task.FromResult(Interlocked.Add(ref _value, by));

    public int Twice(int of) => 2 * of;

    [Remote]
    public static Task<int> CountDisposedAsync() => Task.FromResult(Volatile.Read(ref _disposed));

    public async Task<int> AddFromAnotherAsync(int first)
    {
        await using CounterRemote another = await CounterRemoteEntry.RemoteAsync(first);
        return _value + await another.IncrementAsync();
    }

    public async Task<int> AddFromNamedAsync(string name)
    {
        await using CounterRemote named = await CounterRemoteEntry.Remote.AttachAsync(name);
        int processId = await named.GetProcessIdAsync();
        return processId == Environment.ProcessId ? -1 : _value + await named.IncrementAsync();
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposed);
        return default;
    }
}

/// <summary>Calls run one after the other.</summary>
[Remote(Concurrency = 1)]
public sealed class OneAtATime
{
    private int _inside;

    /// <summary>Keeps everybody else out until it is cancelled.</summary>
    public async Task StayAsync(IProgress<bool> entered, CancellationToken cancellationToken = default)
    {
        entered.Report(true);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public async Task<bool> EnterAsync()
    {
        bool alone = Interlocked.Increment(ref _inside) == 1;
        await Task.Yield();
        await Task.Delay(1);
        return Interlocked.Decrement(ref _inside) == 0 && alone;
    }
}

/// <summary>Its whole value can be fetched.</summary>
[Remote]
public sealed class Settings
{
    public string Name { get; set; } = "";

    public int[] Sizes { get; set; } = [];
}

public interface ITally
{
    Task<int> CountAsync(CancellationToken cancellationToken = default);
}

/// <summary>A class that takes nothing from its caller.</summary>
[Remote]
public sealed class Tally : ITally
{
    private int _count;

    public int ProcessId => Environment.ProcessId;

    public Task<int> CountAsync(CancellationToken cancellationToken = default) => Task.FromResult(++_count);
}
