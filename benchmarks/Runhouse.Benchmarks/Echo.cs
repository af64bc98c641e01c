using System.Collections.Concurrent;
using Runhouse.Benchmarks.Workloads;

namespace Runhouse.Benchmarks;

/// <summary>A record of ten fields, about a kilobyte.</summary>
public sealed record Order(
    long Id, string Customer, string Street, string City, string Note, double Total, int Items, bool IsPaid, DateTimeOffset At, List<int> Codes)
{
    /// <summary>A record of the size that the workloads use, which shares nothing with another but the city.</summary>
    /// <param name="id">Its id.</param>
    public static Order Sample(long id) => new(
        id, $"Ada Lovelace, customer {id}", $"{id} St James's Square, London SW1Y", "London", new string('n', 700), 1234.56, 3, true,
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), [.. Enumerable.Range(100, 40)]);
}

/// <summary>What the workloads call.</summary>
[Remote]
public sealed class Echo
{
    private readonly ConcurrentDictionary<int, WatchedToken> _tokens = new();

    /// <summary>The process in which this object lives.</summary>
    public int ProcessId => Environment.ProcessId;

    /// <summary>The small call.</summary>
    public int Add(int a, int b) => a + b;

    /// <summary>The record.</summary>
    public Order Order(Order order) => order;

    /// <summary>The array.</summary>
    public float[] Array(float[] values) => values;

    /// <summary>A large argument, and a small result.</summary>
    public int Length(byte[] bytes) => bytes.Length;

    /// <summary>The stream.</summary>
    public async IAsyncEnumerable<int> CountAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return i;
    }

    /// <summary>The stream of records.</summary>
    public async IAsyncEnumerable<Order> OrdersAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return Benchmarks.Order.Sample(i);
    }

    /// <summary>The stream of blocks of 64 KiB.</summary>
    public async IAsyncEnumerable<byte[]> BlocksAsync(int count)
    {
        await Task.CompletedTask;
        for (int i = 0; i < count; i++)
            yield return Block.Create(i);
    }

    /// <summary>Runs until its token is cancelled.</summary>
    public Task WaitAsync(int number, CancellationToken cancellationToken) => Token(number).WaitAsync(cancellationToken);

    /// <summary>Ends when the call of that number runs.</summary>
    public Task BegunAsync(int number) => Token(number).Begun;

    /// <summary>When the call of that number saw its cancellation, by this machine's clock.</summary>
    public Task<long> CancelledAtAsync(int number) => Token(number).CancelledAt;

    /// <summary>How many bytes this process has allocated so far.</summary>
    /// <param name="release">Whether it first releases the memory that it can.</param>
    public long Allocated(bool release) => Memory.Allocated(release);

    private WatchedToken Token(int number) => _tokens.GetOrAdd(number, static _ => new WatchedToken());
}
