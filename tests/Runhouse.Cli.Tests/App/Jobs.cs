using System.Runtime.CompilerServices;

namespace Runhouse.Cli.Tests.App;

public enum Mode
{
    Fast,
    Thorough,
}

/// <summary>Of everything that an argument can be.</summary>
public sealed record Order(string Name, decimal Price, Mode Mode)
{
    public Dictionary<string, int> Counts { get; init; } = [];

    public DateTimeOffset At { get; init; }

    public double[] Weights { get; init; } = [];

    public Guid? Id { get; init; }
}

/// <summary>Of what has to be there, and what need not.</summary>
public sealed record Basket(IReadOnlyList<Line> Lines, string? Voucher, string Currency = "EUR")
{
    public required string Buyer { get; set; }

    public string[] Tags { get; init; } = ["new"];
}

public readonly record struct Line(string Article, int Count);

public static class Jobs
{
    [Remote]
    public static Task<Basket> PackAsync(Basket basket) => Task.FromResult(basket);

    [Remote(Cpus = "1+")]
    public static Task<string> PreprocessAsync(string dataset, int epochs = 1, Mode mode = Mode.Thorough, CancellationToken cancellationToken = default)
    {
        Console.WriteLine($"reads {dataset}");
        return Task.FromResult($"{dataset} {epochs} {mode}");
    }

    [Remote]
    public static Task<Order> DoubleAsync(Order order) => Task.FromResult(order with { Price = order.Price * 2 });

    [Remote]
    public static Task<string> JoinAsync(IReadOnlyList<int> numbers, string[] words, bool reverse = false)
        => Task.FromResult(string.Join(' ', reverse ? words.Reverse() : words) + string.Join(' ', numbers));

    [Remote]
    public static async Task<decimal> SumAsync(IAsyncEnumerable<decimal> items, IProgress<decimal>? progress = null)
    {
        decimal sum = 0;
        await foreach (decimal item in items)
            progress?.Report(sum += item);
        return sum;
    }

    [Remote]
    public static async IAsyncEnumerable<Order> OrdersAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return new Order($"order {i}", i, Mode.Fast);
        }
    }

    [Remote]
    public static Task FailAsync(string message) => throw new ArgumentException(message);

    /// <summary>Waits until it is cancelled, and leaves a file that says so.</summary>
    [Remote]
    public static async Task WaitAsync(string path, CancellationToken cancellationToken)
    {
        Console.WriteLine("waiting");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            await File.WriteAllTextAsync(path, "cancelled", CancellationToken.None);
        }
    }

    [Remote(Schedule = "30 5 1 JAN *", TimeZone = "Asia/Tokyo", KeepsUp = true)]
    public static Task<int> GreetAsync(int times = 3) => Task.FromResult(times);

    [Remote]
    public static Task NothingAsync() => Task.CompletedTask;

    /// <summary>Of which a test counts the calls.</summary>
    [Remote]
    public static Task CountedAsync() => Task.CompletedTask;
}

[Remote]
public sealed class Tuner(string model)
{
    public double Rate { get; set; } = 0.5;

    public string Train(int epoch) => $"{model} {epoch} {Rate}";
}
