using System.CommandLine;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse down</c>.</summary>
internal static class DownCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> names = Arguments.Clusters("The clusters to take down.");
        var all = new Option<bool>("--all") { Description = "All saved clusters." };
        var forget = new Option<bool>("--forget") { Description = "Take them off the list without asking their machines, which are gone for good. A host that runs there all the same ends when it is idle." };
        var command = new Command("down", "Take clusters down: their hosts end, with all that runs on them, and they leave the list once they are gone.") { names, all, forget };
        command.Validators.Add(result =>
        {
            if (result.GetValue(names) is not { Length: > 0 } && !result.GetValue(all))
                result.AddError("Name the clusters to take down, or say --all.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(all) ? [.. Cluster.Names()] : parsed.GetValue(names)!;
            bool isForgotten = parsed.GetValue(forget);
            var results = new List<DownResult>();
            int exitCode = ExitCodes.Success;
            foreach (string name in wanted)
            {
                try
                {
                    results.Add(new DownResult(name, Find(name) is { } cluster && await (isForgotten ? cluster.ForgetAsync(cancellationToken) : cluster.DownAsync(cancellationToken)).ConfigureAwait(false)));
                }
                catch (Exception failure) when (wanted.Length > 1 && failure is not OperationCanceledException)
                {
                    // The others are taken down all the same: they cost money.
                    results.Add(new DownResult(name, WasUp: false, failure.Message));
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
                        terminal.Note($"error: {one.Name} is not taken down: {problem}");
                    else
                        console.WriteLine(one.WasUp ? $"{one.Name} is {(isForgotten ? "forgotten" : "down")}." : isForgotten ? $"There is no cluster '{one.Name}' on the list." : $"There is no cluster '{one.Name}' that is up: nothing to take down.");
                }
            });
            return exitCode;
        });
        return command;
    }

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
