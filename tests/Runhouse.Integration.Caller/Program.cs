using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Runhouse;
using Runhouse.Integration;
using Runhouse.Integration.App;

// Each command prints what a test looks for; lines of remote code come in between.
if (await OutputCommands.TryRunAsync(args) || await NamedObjectCommands.TryRunAsync(args))
    return 0;
switch (args)
{
    case ["process-id"]:
        Console.WriteLine($"worker {await Jobs.Remote.ProcessIdAsync()}");
        return 0;

    case ["count", var least, var ready, var stop]:
        // Until the test has seen enough, and so many at least: each execution counts once, and each result comes once.
        await using (CounterRemote counter = await Counter.RemoteAsync())
        {
            var results = new System.Collections.Concurrent.ConcurrentBag<int>();
            int streamed = 0;
            bool GoesOn() => results.Count < int.Parse(least) || !File.Exists(stop);
            await File.WriteAllTextAsync(ready, "");
            await Task.WhenAll([.. Enumerable.Range(0, 16).Select(_ => CountAsync()), StreamAsync()]);
            Console.WriteLine($"{results.Count} calls, {results.Distinct().Count()} results, value {await counter.GetValueAsync()}, {streamed % 1000} of a stream missing");
            return streamed > 0 ? 0 : 1;

            async Task CountAsync()
            {
                while (GoesOn())
                    results.Add(await counter.IncrementAsync());
            }

            async Task StreamAsync()
            {
                while (GoesOn())
                {
                    await foreach (int item in Jobs.Remote.CountAsync(1000))
                        streamed += item == streamed % 1000 ? 1 : 0;
                }
            }
        }

    case ["wait", var started]:
        Task endless = Jobs.Remote.WaitAsync("endless");
        await Jobs.Remote.ProcessIdAsync();
        await File.WriteAllTextAsync(started, "");
        try
        {
            await endless;
        }
        catch (RemoteException e)
        {
            Console.WriteLine(e.GetType().Name);
            Console.Error.WriteLine(e);
        }

        return 0;

    case ["wait-detached", var go]:
        await DetachedCommands.WaitAsync(go);
        return 0;

    case ["leave-call"]:
        _ = Jobs.Remote.WaitAsync("left");
        Console.WriteLine($"worker {await Jobs.Remote.ProcessIdAsync()}");
        return 0;

    case ["sessions"]:
        ClusterStatus now = await Cluster.Local().StatusAsync();
        Console.WriteLine($"sessions {now.Hosts[0].Status!.Workers.Sum(static worker => worker.Sessions)}");
        return 0;

    case ["down"]:
        await Cluster.Local().DownAsync();
        return 0;

    case ["attach", var name]:
        try
        {
            await using CounterRemote counter = await Counter.Remote.AttachAsync(name);
            Console.WriteLine($"value {await counter.IncrementAsync(10)}");
            return 0;
        }
        catch (RemoteNotFoundException e)
        {
            Console.WriteLine($"not found: {e.Message}");
            return 3;
        }

    case ["leave-object"]:
        // The process ends without a word, holding an anonymous object.
#pragma warning disable RH0208 // What becomes of an object whose caller is gone is what the test is about.
        CounterRemote left = await Counter.RemoteAsync(5);
#pragma warning restore RH0208
        Console.WriteLine($"value {await left.GetValueAsync()}");
        Console.Out.Flush();
        Environment.FailFast(null);
        return 0;

    case ["accelerators"]:
        NeedyPlacement a100 = Needy.Remote.Needing(Resources.Parse(gpu: "A100"));
        async Task<string> VisibleAsync(NeedyPlacement where) => string.Join(' ', (await where.VariableAsync("CUDA_VISIBLE_DEVICES")).Select(static value => value ?? "none"));
        Console.WriteLine($"one {await VisibleAsync(a100)}");
        Console.WriteLine($"other {await VisibleAsync(a100.InProcess("other"))}");
        try
        {
            await VisibleAsync(a100.InProcess("third").With(new RemoteOptions { WaitForCapacity = TimeSpan.Zero }));
        }
        catch (CapacityException e)
        {
            Console.WriteLine($"at once: {e.GetType().Name}");
        }

        ClusterStatus status = await Cluster.Local().StatusAsync();
        Console.WriteLine($"held: {string.Join(' ', status.Hosts[0].Status!.Machine.Accelerators.Select(static device => device.WorkerId is not null))}");
        Task<string> third = VisibleAsync(a100.InProcess("third"));
        await Cluster.Local().KillAsync("other");
        Console.WriteLine($"after its end: {await third}");
        Console.WriteLine($"lacking: {(await VisibleAsync(Needy.Remote.Needing(Resources.Parse(gpu: "H100")))).Split(' ')[0]}");
        await Cluster.Local().DownAsync();
        return 0;

    case ["disposed"]:
        Console.WriteLine($"disposed {await Counter.Remote.CountDisposedAsync()}");
        return 0;

    case ["write-lines-to-logger", var prefix]:
        await using (ServiceProvider services = new ServiceCollection().AddLogging(static logging => logging.AddProvider(new PrintingProvider())).AddRunhouse().Services.BuildServiceProvider())
        {
            services.GetRequiredService<RunhouseOptions>();
            await Jobs.Remote.WriteLinesAsync(prefix, 3);
            await using GreeterRemote greeter = await Greeter.RemoteAsync(prefix);
            await greeter.GreetAsync();
        }

        return 0;

    case ["stream", var count]:
        long sum = 0;
        await foreach (int item in Jobs.Remote.CountAsync(int.Parse(count)))
            sum += item;
        Console.WriteLine($"sum {sum}");
        byte[] big = await Jobs.Remote.EchoAsync(new byte[8 << 20]);
        Console.WriteLine($"bytes {big.Length}");
        return 0;

    case ["fail"]:
        try
        {
            await Jobs.Remote.FailAsync("own");
        }
        catch (OvenException e)
        {
            Console.WriteLine($"{e.Message} {e.Degrees} {e.Oven}");
        }

        return 0;

    case ["inline"]:
        // Nothing is resolved from the container: the options hold all the same.
        new ServiceCollection().AddRunhouse(static options => options.Mode = RunhouseMode.Inline);
        var order = new Order("Ada", [new OrderLine("apple", 2, 0.5m)]);
        Report report = await Jobs.Remote.DescribeAsync(order, times: 1);
        Console.WriteLine($"{report.Title} {report.Total} {(await Jobs.Remote.ProcessIdAsync() == Environment.ProcessId ? "here" : "elsewhere")}");
        return 0;

    case ["inline-references"]:
        new ServiceCollection().AddRunhouse(static options => options.Mode = RunhouseMode.Inline);
        await using (RemoteRef<Order> given = await Datasets.Remote.CreateAsync(new Order("Ada", [new OrderLine("apple", 2, 0.5m)])))
        {
            Order first = await given.FetchAsync();
            Console.WriteLine($"{given.IsLocal} {first.Customer} {ReferenceEquals(first, await given.FetchAsync())} {await Datasets.Remote.DelegateAsync(given)}");
        }

        RemoteRef<Datasets.Resource> opened = await Datasets.Remote.OpenAsync();
        Console.WriteLine($"open {await Datasets.Remote.IsOpenAsync(opened)}");
        await opened.DisposeAsync();
        Console.WriteLine($"disposed {await Datasets.Remote.CountDisposedAsync()}");
        try
        {
            await Datasets.Remote.IsOpenAsync(opened);
        }
        catch (ObjectDisposedException)
        {
            Console.WriteLine("refused");
        }

        return 0;

    case ["beside", var ready, var stop]:
        // Notices whatever happens to its own calls.
        await using (CounterRemote counter = await Counter.RemoteAsync())
        {
            var results = new System.Collections.Concurrent.ConcurrentBag<int>();
            await File.WriteAllTextAsync(ready, "");
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
            {
                do
                {
                    results.Add(await counter.IncrementAsync());
                    await Task.Delay(10);
                }
                while (!File.Exists(stop));
            }));
            Console.WriteLine($"{results.Count} calls, {results.Distinct().Count()} results, value {await counter.GetValueAsync()}");
            return 0;
        }

    case ["die", .. var ways]:
        await DeathCommands.DieAsync(ways);
        return 0;

    case ["start-process"]:
        Console.WriteLine(await Jobs.Remote.ProcessIdAsync());
        Console.WriteLine(await Deaths.Remote.StartProcessAsync());
        return 0;

    case ["retry", var key]:
        Console.WriteLine($"idempotent {await Deaths.Remote.CountAndDieAsync(key + "-a", 3)}");
        await foreach (int runs in Deaths.Remote.StreamAndDieAsync(key + "-b", 3))
            Console.WriteLine($"stream {runs}");
        await LoseAsync("not idempotent", Deaths.Remote.CountOnceAndDieAsync(key + "-c", 3));
        await LoseAsync("not retried", Deaths.Remote.With(new RemoteOptions { Retries = 0 }).CountAndDieAsync(key + "-d", 3));
        return 0;

        static async Task LoseAsync(string what, Task<int> call)
        {
            try
            {
                Console.WriteLine($"{what} {await call}");
            }
            catch (WorkerLostException)
            {
                Console.WriteLine($"{what} lost");
            }
        }

    case ["down-between-calls"]:
        using (var lines = new PrintingProvider())
        await using (ServiceProvider services = new ServiceCollection().AddLogging(logging => logging.AddProvider(lines)).AddRunhouse().Services.BuildServiceProvider())
        {
            services.GetRequiredService<RunhouseOptions>();
            await Jobs.Remote.ProcessIdAsync();
            await Cluster.Local().DownAsync();
            Task<string> warning = lines.NextAsync().AsTask();
            Console.WriteLine(await Task.WhenAny(warning, Task.Delay(TimeSpan.FromSeconds(3))) == warning ? await warning : "silent");
        }

        return 0;

    case ["crash-between-calls"]:
        using (var lines = new PrintingProvider())
        await using (ServiceProvider services = new ServiceCollection().AddLogging(logging => logging.AddProvider(lines)).AddRunhouse().Services.BuildServiceProvider())
        {
            services.GetRequiredService<RunhouseOptions>();
            int doomed = await Jobs.Remote.ProcessIdAsync();
            using (Process process = Process.GetProcessById(doomed))
                process.Kill();
            string warning = await lines.NextAsync();
            Console.WriteLine(warning.Contains($"process {doomed}") && warning.Contains("was killed") ? "warned" : warning);
            Console.WriteLine(await Jobs.Remote.ProcessIdAsync() == doomed ? "next call: the same worker" : "next call: another worker");
        }

        return 0;

    case ["spawn", var folder]:
        foreach (string spawned in await DetachedCommands.SpawnAsync(folder))
            Console.WriteLine(spawned);
        return 0;

    case ["outcomes", var ended, var lost, var interrupted, var repeated]:
        await DetachedCommands.PrintOutcomesAsync(ended, lost, interrupted, repeated);
        return 0;

    case ["use-accelerators"]:
        try
        {
            Console.WriteLine(await Jobs.Remote.UseAcceleratorsAsync());
            return 0;
        }
        catch (CapacityException e)
        {
            Console.WriteLine(e.Message);
            return 5;
        }

    case ["connect"]:
        try
        {
            Console.WriteLine($"worker {await Jobs.Remote.ProcessIdAsync()}");
            return 0;
        }
        catch (RemoteException e)
        {
            Console.WriteLine($"{e.GetType().Name}: {e.Message}");
            return 4;
        }

    case ["talk", var size]:
        // Calls of many kinds, for a test that listens.
        await Jobs.Remote.DescribeAsync(new Order("Ada", [new OrderLine("apple", 2, 0.5m)]));
        await Jobs.Remote.EchoAsync(new byte[int.Parse(size)]);
        await Jobs.Remote.SumAsync(Numbers());
        await Jobs.Remote.ReportAsync(3, new Progress<int>());
        await Jobs.Remote.WriteLinesAsync("said", 3);
        await foreach (int item in Jobs.Remote.CountAsync(100))
            _ = item;
        await using (CounterRemote counter = await Counter.RemoteAsync(5))
            await counter.IncrementAsync();
        await using (RemoteRef<Order> kept = await Datasets.Remote.CreateAsync(new Order("Ada", [new OrderLine("apple", 2, 0.5m)])))
            await kept.FetchAsync();
        using (var giveUp = new CancellationTokenSource())
        {
            Task given = Jobs.Remote.WaitAsync("given up", giveUp.Token);
            await Jobs.Remote.ProcessIdAsync();
            await giveUp.CancelAsync();
            await given.ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        // The cancellation is on its way before this call.
        await Jobs.Remote.ProcessIdAsync();
        return 0;

        static async IAsyncEnumerable<int> Numbers()
        {
            for (int i = 0; i < 10; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }

    default:
        Console.Error.WriteLine("unknown command");
        return 2;
}

/// <summary>Prints each line with its category and level.</summary>
internal sealed class PrintingProvider : ILoggerProvider
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public ILogger CreateLogger(string categoryName) => new Printer(categoryName, _lines.Writer);

    /// <summary>The next line, for a program that has nothing else to wait for.</summary>
    public ValueTask<string> NextAsync() => _lines.Reader.ReadAsync();

    public void Dispose()
    {
    }

    private sealed class Printer(string category, ChannelWriter<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = $"[{logLevel} {category}] {formatter(state, exception)}";
            Console.WriteLine(line);
            lines.TryWrite(line);
        }
    }
}
