using Runhouse;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>Has workers end under 64 calls.</summary>
internal static class DeathCommands
{
    private static readonly RemoteOptions Briefly = new() { Timeout = TimeSpan.FromSeconds(1) };

    /// <summary>Prints for each way of ending what becomes of the calls, and of the next one.</summary>
    /// <param name="ways">The ways.</param>
    public static async Task DieAsync(string[] ways)
    {
        foreach (string way in ways)
        {
            Resources needs = Resources.Parse(memory: way == "out-of-memory" ? "0.25" : null);
            int doomed = await Jobs.Remote.Needing(needs).ProcessIdAsync();
            int child = await Deaths.Remote.Needing(needs).StartProcessAsync();
            Task<string>[] waiting = [.. Enumerable.Range(0, 64).Select(i => OutcomeAsync(way, Jobs.Remote.Needing(needs).WaitAsync($"{way}-{i}")))];
            await Jobs.Remote.Needing(needs).ProcessIdAsync();
            Task death = way == "hang" ? HangAsync(waiting[0], static () => Deaths.Remote.With(Briefly).HangAsync().AsTask())
                : way == "spin" ? HangAsync(waiting[0], static () => Deaths.Remote.With(Briefly).SpinAsync())
                : OutcomeAsync(way, Deaths.Remote.Needing(needs).DieAsync(way));
            foreach (IGrouping<string, string> outcome in (await Task.WhenAll(waiting)).GroupBy(static one => one))
                Console.WriteLine($"{way}: {outcome.Count()} times {outcome.Key}");
            await death;
            Console.WriteLine($"{way}: then {(await Jobs.Remote.Needing(needs).ProcessIdAsync() == doomed ? "the same worker" : "another worker")}");
            Console.WriteLine($"{way}: child {child}");
            Console.Out.Flush();
        }
    }

    // Until one has begun before its deadline.
    private static async Task HangAsync(Task waiting, Func<Task> call)
    {
        while (!waiting.IsCompleted)
            await OutcomeAsync("hang", call());
    }

    private static async Task<string> OutcomeAsync(string way, Task call)
    {
        try
        {
            await call;
            return "an end";
        }
        catch (WorkerLostException e)
        {
            string hung = e.LastOutput.Any(static line => line.Contains("App.Deaths.Hang(")) ? ", in Deaths.Hang" : e.LastOutput.Any(static line => line.Contains("App.Deaths+<SpinAsync>")) ? ", in Deaths.SpinAsync" : "";
            string said = e.LastOutput.Any(line => line == $"dying: {way}") || e.LastOutput.Any(static line => line.StartsWith("Stack overflow") || line.StartsWith("Worker hung")) ? "said why" : "said nothing";
            return $"{nameof(WorkerLostException)} {e.Reason}, exit code {e.ExitCode}, signal {e.Signal}, {said}{hung}";
        }
        catch (RemoteTimeoutException)
        {
            return "a deadline";
        }
    }
}
