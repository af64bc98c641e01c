using System.Diagnostics;
using System.Globalization;

namespace Runhouse.Benchmarks.Faults;

/// <summary>The caller's process: makes numbered calls and reads streams until it is told that there are no more faults, and so many at least.</summary>
internal sealed class FaultyCaller
{
    private const int Callers = 16;
    private const int Readers = 2;
    private const int Items = 100;

    private readonly TaskCompletionSource _noMoreFaults = new();
    private int _calls;
    private int _callsDone;
    private int _streams;
    private int _streamsDone;
    private long _longest;

    private FaultyCaller()
    {
    }

    /// <summary>Says where the worker is, calls until the standard input has a line, and says what came of it.</summary>
    /// <param name="calls">How many calls at least.</param>
    /// <param name="streams">How many streams at least.</param>
    public static async Task<int> RunAsync(int calls, int streams)
    {
        await using TallyRemote tally = await Tally.RemoteAsync();
        await using TallyRemote streamTally = await Tally.RemoteAsync();
        var caller = new FaultyCaller();
        _ = Task.Run(() =>
        {
            Console.ReadLine();
            caller._noMoreFaults.SetResult();
        });
        Console.WriteLine("ready " + (await tally.GetProcessIdAsync()).ToString(CultureInfo.InvariantCulture));
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, Callers).Select(_ => Task.Run(() => caller.CallAsync(tally, calls))),
            .. Enumerable.Range(0, Readers).Select(_ => Task.Run(() => caller.ReadAsync(streamTally, streams))),
        ]);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        // A call is lost that did not return what it should have, and one that returned and did not run.
        int done = Math.Min(caller._callsDone, await tally.GetCountAsync());
        int streamsDone = Math.Min(caller._streamsDone, await streamTally.GetCountAsync());
        (string Metric, double Value)[] figures =
        [
            ("calls", caller._calls),
            ("streams", caller._streams),
            ("calls/s", done / seconds),
            ("lost", caller._calls - done + caller._streams - streamsDone),
            ("run twice", await tally.GetTwiceAsync() + await streamTally.GetTwiceAsync()),
            ("longest call, ms", TimeSpan.FromTicks(caller._longest).TotalMilliseconds),
        ];
        Console.WriteLine("figures|" + string.Join('|', figures.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Metric}={one.Value:R}"))));
        Console.ReadLine();
        return 0;
    }

    private bool GoesOn(int done, int least) => done < least || !_noMoreFaults.Task.IsCompleted;

    private async Task CallAsync(TallyRemote tally, int least)
    {
        while (GoesOn(Volatile.Read(ref _calls), least))
        {
            int number = Interlocked.Increment(ref _calls) - 1;
            long start = Stopwatch.GetTimestamp();
            try
            {
                if (await tally.RunAsync(number) == number)
                    Interlocked.Increment(ref _callsDone);
            }
            catch (RemoteException e)
            {
                Console.Error.WriteLine($"call {number}: {e.Message}");
            }

            InterlockedMax(ref _longest, Stopwatch.GetElapsedTime(start).Ticks);
        }
    }

    private async Task ReadAsync(TallyRemote tally, int least)
    {
        while (GoesOn(Volatile.Read(ref _streams), least))
        {
            int number = Interlocked.Increment(ref _streams) - 1;
            try
            {
                int next = 0;
                await foreach (int item in tally.RunStreamAsync(number, Items))
                    next = item == next ? next + 1 : -1;
                if (next == Items)
                    Interlocked.Increment(ref _streamsDone);
            }
            catch (RemoteException e)
            {
                Console.Error.WriteLine($"stream {number}: {e.Message}");
            }
        }
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (long seen = Volatile.Read(ref most); value > seen;)
        {
            long before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
