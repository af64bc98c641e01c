using System.Collections.Concurrent;
using System.Globalization;

namespace Runhouse.Benchmarks.Soak;

/// <summary>A caller's process: numbered calls of all kinds until the standard input has a line, then what came of them, beside what their workers say.</summary>
/// <param name="ledger">The folder of its ledger.</param>
internal sealed class SoakCaller(string ledger)
{
    private const int Callers = 12;
    private const string Line = "soak line ";
    private const string Lines = "calls that write a line";
    private const string Deadlines = "calls past their deadline";
    private const string Cancelled = "cancelled calls";
    private const string Right = "right";
    private const string Wrong = "wrong";

    private const byte Other = 1;
    private const byte RightRun = 2;
    private const byte RightLine = 3;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource _end = new();

    // A byte for each call: what is kept for the account must not look like a leak of what is measured.
    private readonly byte[] _ends = new byte[ExecutionLedger.Most];
    private readonly ConcurrentDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly string _version = SoakBuild.VersionOf(AppContext.BaseDirectory);
    private int _calls;

    /// <summary>Calls.</summary>
    /// <param name="ledger">The folder of its ledger.</param>
    public static async Task<int> RunAsync(string ledger)
    {
        var caller = new SoakCaller(ledger);
        _ = Task.Run(() =>
        {
            Console.ReadLine();
            caller._end.SetResult();
        });
        await caller.TagAsync();
        Console.WriteLine("ready");
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(index => Task.Run(() => caller.CallAsync(new Random(index)))));
        caller.Report();
        return 0;
    }

    /// <summary>The line that a call writes.</summary>
    /// <param name="number">Its number.</param>
    public static string LineOf(int number) => Line + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The number of the call whose line that is; null when it is none.</summary>
    /// <param name="line">The line.</param>
    public static int? NumberOf(string line)
        => line.IndexOf(Line, StringComparison.Ordinal) is >= 0 and int at && int.TryParse(line.AsSpan(at + Line.Length), CultureInfo.InvariantCulture, out int number) ? number : null;

    private async Task CallAsync(Random random)
    {
        while (!_end.Task.IsCompleted)
        {
            switch (random.Next(100))
            {
                case < 50:
                    await TagAsync();
                    break;
                case < 60:
                    await EndAsync("calls with a body", async number => await EchoAsync(number, random.Next(1, 40_000)));
                    break;
                case < 65:
                    await EndAsync(Lines, async number => await SoakWork.Remote.SayAsync(ledger, number) == Answer(number));
                    break;
                case < 70:
                    await EndAsync("calls that fail", FailAsync);
                    break;
                case < 72:
                    await EndAsync(Deadlines, TimeOutAsync);
                    break;
                case < 75:
                    await EndAsync(Cancelled, CancelAsync);
                    break;
                case < 83:
                    await EndAsync("streams", number => CountAsync(number, random.Next(1, 500)));
                    break;
                case < 90:
                    await EndAsync("streams as arguments", number => SumAsync(number, random.Next(1, 500)));
                    break;
                case < 92:
                    await EndAsync("detached calls", DetachAsync);
                    break;
                default:
                    await UseObjectAsync(random.Next(1, 20));
                    break;
            }

            await Task.Delay(LongestPause * random.NextDouble());
        }
    }

    private string Answer(int number) => $"{_version} {number}";

    private Task<bool> TagAsync() => EndAsync("small calls", async number => await SoakWork.Remote.TagAsync(ledger, number) == Answer(number));

    private async Task<bool> EchoAsync(int number, int size)
    {
        double[] values = new double[size];
        values.AsSpan().Fill(number);
        return (await SoakWork.Remote.EchoAsync(ledger, number, values)).AsSpan().SequenceEqual(values);
    }

    private async Task<bool> FailAsync(int number)
    {
        try
        {
            await SoakWork.Remote.FailAsync(ledger, number);
            return false;
        }
        catch (SoakException e)
        {
            return e.Message == Answer(number);
        }
    }

    private async Task<bool> TimeOutAsync(int number)
    {
        try
        {
            await SoakWork.Remote.With(new RemoteOptions { Timeout = TimeSpan.FromMilliseconds(50) }).WaitAsync(ledger, number);
            return false;
        }
        catch (RemoteTimeoutException)
        {
            return true;
        }
    }

    private async Task<bool> CancelAsync(int number)
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        try
        {
            await SoakWork.Remote.WaitAsync(ledger, number, cancellation.Token);
            return false;
        }
        catch (OperationCanceledException e)
        {
            return e.CancellationToken == cancellation.Token;
        }
    }

    private async Task<bool> CountAsync(int number, int items)
    {
        int next = 0;
        await foreach (int item in SoakWork.Remote.CountAsync(ledger, number, items))
        {
            if (item != next++)
                return false;
        }

        return next == items;
    }

    private async Task<bool> SumAsync(int number, int items)
    {
        return await SoakWork.Remote.SumAsync(ledger, number, NumbersAsync()) == (long)items * (items - 1) / 2;

        async IAsyncEnumerable<int> NumbersAsync()
        {
            for (int i = 0; i < items; i++)
            {
                yield return i;
                if (i % 50 == 49)
                    await Task.Delay(1);
            }
        }
    }

    private async Task<bool> DetachAsync(int number)
    {
        string path = ledger;
        RemoteCall<string> call = await SoakWork.Remote.SpawnAsync(work => work.TagAsync(path, number), retention: TimeSpan.FromMinutes(1));
        return await call.ResultAsync() == Answer(number);
    }

    private async Task UseObjectAsync(int calls)
    {
        SoakCounterRemote? counter = null;
        if (!await EndAsync("objects", async _ => (counter = await SoakCounter.RemoteAsync()) is not null, runs: false))
            return;
        for (int i = 1; i <= calls; i++)
        {
            int count = i;
            if (!await EndAsync("calls of objects", async number => await counter!.NextAsync(ledger, number) == count))
                break;
        }

        await EndAsync("objects disposed", async _ =>
        {
            await counter!.DisposeAsync();
            return true;
        }, runs: false);
    }

    // One call from its number to its end, which is its right result or a typed error; whatever else is a failure of the run.
    private async Task<bool> EndAsync(string kind, Func<int, Task<bool>> call, bool runs = true)
    {
        int number = Interlocked.Increment(ref _calls) - 1;
        string end;
        try
        {
            end = await call(number) ? Right : Wrong;
        }
        catch (RemoteException e)
        {
            end = e is WorkerLostException lost ? $"{nameof(WorkerLostException)}.{lost.Reason}" : e.GetType().Name;
            if (e is WorkerLostException { Reason: not WorkerLossReason.Killed })
                Console.Error.WriteLine($"{kind}, {number}: {e}");
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"{kind}, {number}: {e}");
            end = "untyped " + e.GetType().Name;
        }

        if (end == Wrong)
            Console.Error.WriteLine($"{kind}, {number}: a wrong result");
        _ends[number] = end != Right || !runs ? Other : kind == Lines ? RightLine : kind is Deadlines or Cancelled ? Other : RightRun;
        _outcomes.AddOrUpdate($"{kind}: {end}", 1, static (_, count) => count + 1);
        return end == Right;
    }

    private void Report()
    {
        int[] runs = ExecutionLedger.Read(ledger, _calls);
        int twice = runs.Count(static times => times > 1);

        // A call that gave its result has run. Deadlines and cancellations may come before a call does.
        int[] unrun = [.. Enumerable.Range(0, _calls).Where(number => runs[number] == 0 && _ends[number] != Other)];
        Console.WriteLine("lines|" + string.Join(' ', Enumerable.Range(0, _calls).Where(number => _ends[number] == RightLine)));
        Console.WriteLine("figures|" + string.Join('|',
        [
            string.Create(CultureInfo.InvariantCulture, $"calls={_calls}"),
            string.Create(CultureInfo.InvariantCulture, $"executions={runs.Sum(static times => (long)times)}"),
            string.Create(CultureInfo.InvariantCulture, $"run twice={twice}"),
            string.Create(CultureInfo.InvariantCulture, $"results without a run={unrun.Length}"),
            .. _outcomes.Select(static outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome.Key}={outcome.Value}")),
        ]));
    }
}
