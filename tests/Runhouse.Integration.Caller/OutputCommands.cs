using Runhouse;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>Commands whose remote code writes lines, which come between those that a test looks for.</summary>
internal static class OutputCommands
{
    /// <summary>Runs a command; false when it is none of these.</summary>
    /// <param name="args">The command line.</param>
    public static async Task<bool> TryRunAsync(string[] args)
    {
        switch (args)
        {
            case ["write-lines", var prefix, var count]:
                await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Jobs.Remote.WriteLinesAsync($"{prefix}{i}", int.Parse(count))));
                return true;

            case ["write-lines-quietly", var prefix, var count]:
                await Jobs.Remote.With(new RemoteOptions { StreamLogs = false }).WriteLinesAsync(prefix, int.Parse(count));
                return true;

            case ["write-raw", var prefix]:
                Console.SetError(Console.Out);
                await Output.Remote.WriteRawAsync(prefix, stay: 300);
                return true;

            case ["write-raw-quietly", var prefix]:
                Console.SetError(Console.Out);
                await Output.Remote.With(new RemoteOptions { StreamLogs = false }).WriteRawAsync(prefix, stay: 300);
                return true;

            case ["write-raw-beside", var prefix]:
                Console.SetError(Console.Out);
                using (var over = new CancellationTokenSource())
                {
                    // Two calls in flight, so that nobody can say whose the lines are.
                    Task beside = Output.Remote.WriteRawAsync("beside", stay: 60_000, over.Token);
                    await Output.Remote.WriteRawAsync(prefix, stay: 300, CancellationToken.None);
                    await over.CancelAsync();
                    await beside.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                return true;

            case ["write-raw-and-end", var text]:
                try
                {
                    await Output.Remote.WriteRawAndEndAsync(text);
                }
                catch (WorkerLostException e)
                {
                    Console.WriteLine($"{e.Reason}\n{e.LastOutput[^1]}");
                }

                return true;

            case ["say-through", var name, var line]:
                await Output.Remote.SayThroughAsync(name, line);
                return true;

            default:
                return false;
        }
    }
}
