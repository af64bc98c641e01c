using System.Collections.Concurrent;
using System.Globalization;
using Runhouse.Integration.App;
using Runhouse.Protocol.Control;

namespace Runhouse.Integration;

/// <summary>What a program does that makes detached calls and ends, and another one that asks what became of them.</summary>
internal static class DetachedCommands
{
    /// <summary>Makes a call that ends, one whose worker ends with it, and two that run when this program, and then its host, are gone.</summary>
    public static async Task<string[]> SpawnAsync(string folder)
    {
        string first = Path.Combine(folder, "go-first");
        await File.WriteAllTextAsync(first, "");
        RemoteCall<Report> done = await Detached.Remote.SpawnAsync(detached => detached.WorkAsync("done", first, new Progress<int>()));
        await done.WaitAsync();
        RemoteCall crashed = await Deaths.Remote.SpawnAsync(static deaths => deaths.DieAsync("fail-fast"));
        await crashed.WaitAsync().ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        RemoteCall<Report> left = await Detached.Remote.SpawnAsync(detached => detached.WorkAsync("left", Path.Combine(folder, "go")));
        RemoteCall<int> again = await Detached.Remote.SpawnAsync(detached => detached.AgainAsync(Path.Combine(folder, "runs"), Path.Combine(folder, "go")));
        await foreach (CallEvent line in left.LogsAsync(follow: true))
            break;
        while (!File.Exists(Path.Combine(folder, "runs")))
            await Task.Delay(20);
        return [done.Id, crashed.Id, left.Id, again.Id];
    }

    /// <summary>Makes a call and waits for its end, with a receiver of its reports; says what came.</summary>
    public static async Task WaitAsync(string go)
    {
        var reported = new Reported();
        RemoteCall<Report> call = await Detached.Remote.SpawnAsync(detached => detached.WorkAsync("awaited", go, reported));
        Console.WriteLine($"{(await call.ResultAsync()).Title} {string.Join(' ', reported)}");
    }

    /// <summary>Says what became of them, a line each.</summary>
    public static async Task PrintOutcomesAsync(string ended, string lost, string interrupted, string repeated)
    {
        RemoteCall<Report> done = RemoteCall.FromId<Report>(ended);
        Report report = await done.ResultAsync();
        string progress = string.Join(' ', await done.ReportsAsync<int>().ToArrayAsync());
        string lines = string.Join('|', await done.LogsAsync().Select(static line => line.Line).ToArrayAsync());
        CallState state = (await done.StatusAsync()).State;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{state} {report.Title} {report.Total}, progress {progress}, log {lines}"));
        foreach (string id in (string[])[lost, interrupted])
        {
            RemoteCall call = RemoteCall.FromId(id);
            try
            {
                await call.WaitAsync();
            }
            catch (RemoteException e)
            {
                Console.WriteLine($"{(await call.StatusAsync()).State} {e.GetType().Name}{(e is WorkerLostException { Reason: var reason } ? $" {reason}" : "")}");
            }
        }

        RemoteCall<int> again = RemoteCall.FromId<int>(repeated);
        int runs = await again.ResultAsync();
        CallStatus status = await again.StatusAsync();
        Console.WriteLine($"{status.State} after {status.Attempts} attempts: {runs} runs");
    }

    private sealed class Reported : ConcurrentQueue<int>, IProgress<int>
    {
        public void Report(int value) => Enqueue(value);
    }
}
