using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Runhouse.Benchmarks.Soak;

/// <summary>An error of the application's own.</summary>
/// <param name="message">The message.</param>
public sealed class SoakException(string message) : Exception(message);

/// <summary>The remote functions of the soak. Each call says in its caller's ledger that it runs, and each result holds the version of the code.</summary>
internal static class SoakWork
{
    private static readonly ConcurrentDictionary<string, Lazy<ExecutionLedger>> Ledgers = new(StringComparer.Ordinal);

    /// <summary>The version that the deployed files say.</summary>
    public static string Version { get; } = SoakBuild.VersionOf(AppContext.BaseDirectory);

    /// <summary>A small call.</summary>
    [Remote]
    public static string Tag(string ledger, int number)
    {
        Begin(ledger, number);
        return Answer(number);
    }

    /// <summary>A call with a body.</summary>
    [Remote]
    public static double[] Echo(string ledger, int number, double[] values)
    {
        Begin(ledger, number);
        return values;
    }

    /// <summary>A call that writes a line.</summary>
    [Remote]
    public static string Say(string ledger, int number)
    {
        Begin(ledger, number);
        Console.WriteLine(SoakCaller.LineOf(number));
        return Answer(number);
    }

    /// <summary>A call that fails.</summary>
    [Remote]
    public static string Fail(string ledger, int number)
    {
        Begin(ledger, number);
        throw new SoakException(Answer(number));
    }

    /// <summary>A call that ends with its cancellation.</summary>
    [Remote]
    public static async Task<string> WaitAsync(string ledger, int number, CancellationToken cancellationToken = default)
    {
        Begin(ledger, number);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return Answer(number);
    }

    /// <summary>A stream of the integers from zero on.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> CountAsync(string ledger, int number, int items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Begin(ledger, number);
        for (int i = 0; i < items; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return i;
            if (i % 50 == 49)
                await Task.Delay(1, cancellationToken);
        }
    }

    /// <summary>A stream as an argument.</summary>
    [Remote]
    public static async Task<long> SumAsync(string ledger, int number, IAsyncEnumerable<int> items, CancellationToken cancellationToken = default)
    {
        Begin(ledger, number);
        long sum = 0;
        await foreach (int item in items.WithCancellation(cancellationToken))
            sum += item;
        return sum;
    }

    /// <summary>What a call answers.</summary>
    internal static string Answer(int number) => $"{Version} {number}";

    internal static void Begin(string ledger, int number) => Ledgers.GetOrAdd(ledger, static folder => new Lazy<ExecutionLedger>(() => new ExecutionLedger(folder))).Value.Begin(number);
}

/// <summary>A remote object that counts.</summary>
[Remote]
public sealed class SoakCounter
{
    private int _count;

    /// <summary>Counts one more.</summary>
    public int Next(string ledger, int number)
    {
        SoakWork.Begin(ledger, number);
        return ++_count;
    }
}
