using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse down</c>.</summary>
internal static class DownCommand
{
    private const int MostShown = 5;

    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters to take down.");
        var all = new Option<bool>("--all") { Description = "All saved clusters." };
        var forget = new Option<bool>("--forget") { Description = "Take them off the list without asking their machines, which are gone for good. A host that runs there all the same ends when it is idle." };
        var stop = new Option<bool>("--stop") { Description = "Stop leased machines instead: they cost their disks alone, which keep what is there, and 'runhouse up' or the next call starts them." };
        var command = new Command("down", "Take clusters down: their hosts end, with all that runs on them, and they leave the list once they are gone.") { names, all, forget, stop };
        command.Validators.Add(result =>
        {
            if (result.GetValue(names) is not { Length: > 0 } && !result.GetValue(all))
                result.AddError("Name the clusters to take down, or say --all.");
            if (result.GetValue(forget) && result.GetValue(stop))
                result.AddError("--forget takes clusters off the list without asking their machines, and --stop stops those. Use one or the other.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(all) ? [.. Cluster.Names()] : parsed.GetValue(names)!;
            bool isForgotten = parsed.GetValue(forget);
            bool isStopped = parsed.GetValue(stop);
            var results = new List<DownResult>();
            int exitCode = ExitCodes.Success;
            foreach (string name in wanted)
            {
                CallStatus[] calls = [];
                try
                {
                    if (Find(name) is not { } cluster)
                    {
                        results.Add(new DownResult(name, WasUp: false, []));
                        continue;
                    }

                    if (!isForgotten)
                        calls = await InFlightAsync(cluster, cancellationToken).ConfigureAwait(false);
                    bool was = await (isForgotten ? cluster.ForgetAsync(cancellationToken)
                        : isStopped ? cluster.StopAsync(cancellationToken)
                        : cluster.DownAsync(cancellationToken)).ConfigureAwait(false);
                    results.Add(new DownResult(name, was, [.. calls.Select(static one => one.Id)]));
                    if (calls.Length > 0)
                        terminal.Note($"{name}: {(calls.Length == 1 ? "a call was" : $"{calls.Length} calls were")} in flight: {Describe(calls)}");
                }
                catch (Exception failure) when (wanted.Length > 1 && failure is not OperationCanceledException)
                {
                    // The others are taken down all the same: they cost money.
                    results.Add(new DownResult(name, WasUp: false, [], failure.Message));
                    int code = ExitCodes.Of(failure);
                    exitCode = exitCode is ExitCodes.Success || exitCode == code ? code : ExitCodes.Failed;
                }
            }

            if (wanted.Length == 0)
                terminal.Note("No cluster is saved: nothing to take down.");
            terminal.Result<IReadOnlyList<DownResult>>(results, CliJson.Readable.IReadOnlyListDownResult, (done, console) =>
            {
                foreach (DownResult one in done)
                {
                    if (one.Problem is { } problem)
                        terminal.Note($"error: {one.Name} is not {(isStopped ? "stopped" : "taken down")}: {problem}");
                    else
                        console.WriteLine((one.WasUp, isForgotten, isStopped) switch
                        {
                            (true, true, _) => $"{one.Name} is forgotten.",
                            (true, _, true) => $"{one.Name} has stopped. Its disks are kept and paid for until 'runhouse down {one.Name}'.",
                            (true, _, _) => $"{one.Name} is down.",
                            (_, true, _) => $"There is no cluster '{one.Name}' on the list.",
                            (_, _, true) => $"There is no cluster '{one.Name}' that is up: nothing to stop.",
                            _ => $"There is no cluster '{one.Name}' that is up: nothing to take down.",
                        });
                }
            });
            return exitCode;
        });
        return command;
    }

    // A host that does not answer is taken down all the same, and what it did is not known.
    private static async Task<CallStatus[]> InFlightAsync(Cluster cluster, CancellationToken cancellationToken)
        => [.. (await cluster.CallsAsync(cancellationToken).ConfigureAwait(false)).SelectMany(static host => host.Calls).Where(static call => call.State is CallState.Running)];

    private static string Describe(CallStatus[] calls)
        => string.Join("; ", calls.Take(MostShown).Select(static call => $"{call.Member} of {call.Caller}")) + (calls.Length > MostShown ? $"; and {calls.Length - MostShown} more" : "");

    private static Cluster? Find(string name)
    {
        try
        {
            return Cluster.Get(name);
        }
        catch (RemoteNotFoundException)
        {
            return null;
        }
    }
}
