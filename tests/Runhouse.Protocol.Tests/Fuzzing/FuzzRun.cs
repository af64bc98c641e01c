using System.Collections.Concurrent;
using System.Globalization;

namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Runs cases of one target, each from a number of its own, and watches what must not come of them.</summary>
/// <param name="name">The target's name.</param>
/// <param name="prepare">Makes a case, which then runs.</param>
internal sealed class FuzzRun(string name, Func<Random, Func<Task>> prepare)
{
    /// <summary>Cases over all targets, unless the variable says otherwise: seconds, as part of all tests.</summary>
    private const int DefaultCases = 6000;

    /// <summary>What one case may allocate: its sides and what the limits let them keep, several times over.</summary>
    public static readonly long AllocationLimit = 16 * (FuzzedSides.Limits.MaxBytesInFlight + FuzzedSides.Limits.MaxBodyBytes);

    /// <summary>What a run may leave behind, however long it is: pools grow until they are full, nothing else does.</summary>
    private const long KeptLimit = 128L << 20;

    private readonly ConcurrentQueue<Exception> _escaped = new();
    private long _seed;
    private long _most;

    /// <summary>How many cases there are over all targets.</summary>
    public static int Cases { get; } = (int)Variable("RUNHOUSE_FUZZ_CASES", DefaultCases);

    /// <summary>The number of the first case: another one gives other cases.</summary>
    private static long FirstSeed { get; } = Variable("RUNHOUSE_FUZZ_SEED", 1);

    /// <summary>Runs a share of all cases.</summary>
    /// <param name="percent">The share.</param>
    public async Task RunAsync(int percent)
    {
        await prepare(new Random(0))();
        long before = Settled();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        try
        {
            for (_seed = FirstSeed; _seed < FirstSeed + Math.Max(1L, (long)Cases * percent / 100); _seed++)
                await RunOneAsync();
            long kept = Settled() - before;
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {_seed - FirstSeed} cases, at most {_most} bytes allocated by one, {kept} bytes kept.");
            Assert.True(kept < KeptLimit, $"{name}: {kept} bytes were kept behind the cases from {FirstSeed}.");
            Assert.True(_escaped.IsEmpty, $"{name}: behind the cases from {FirstSeed}, an exception that nobody looks at: {_escaped.FirstOrDefault()}");
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
            AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        }
    }

    private async Task RunOneAsync()
    {
        Func<Task> run = prepare(new Random(_seed.GetHashCode()));
        long allocated = GC.GetTotalAllocatedBytes();
        try
        {
            await run();
        }
        catch (Exception error)
        {
            throw new FuzzFailureException($"{name}, case {_seed} (RUNHOUSE_FUZZ_SEED={_seed} runs it first): {error.Message}", error);
        }

        allocated = GC.GetTotalAllocatedBytes() - allocated;
        _most = Math.Max(_most, allocated);
        Assert.True(allocated < AllocationLimit, $"{name}, case {_seed}: {allocated} bytes were allocated, over {AllocationLimit}.");
    }

    private static long Settled()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static long Variable(string name, long otherwise)
        => long.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out long value) ? value : otherwise;

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs args) => _escaped.Enqueue(args.Exception);

    /// <summary>The process ends with it: this is the only place that can say which case it was.</summary>
    private void OnUnhandled(object sender, UnhandledExceptionEventArgs args)
        => Console.Error.WriteLine($"{name}, case {_seed} (RUNHOUSE_FUZZ_SEED={_seed} runs it first): {args.ExceptionObject}");
}
