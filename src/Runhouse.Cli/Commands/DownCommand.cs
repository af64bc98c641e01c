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
        var command = new Command("down", "Take clusters down: their hosts end, with all that runs on them, and they leave the list once they are gone.") { names, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(names) is not { Length: > 0 } && !result.GetValue(all))
                result.AddError("Name the clusters to take down, or say --all.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(all) ? [.. Cluster.List().Select(static one => one.Name)] : parsed.GetValue(names)!;
            var results = new List<DownResult>();
            foreach (string name in wanted)
                results.Add(new DownResult(name, Find(name) is { } cluster && await cluster.DownAsync(cancellationToken).ConfigureAwait(false)));
            terminal.Result<IReadOnlyList<DownResult>>(results, CliJson.Readable.IReadOnlyListDownResult, static (done, console) =>
            {
                foreach (DownResult one in done)
                    console.WriteLine(one.WasUp ? $"{one.Name} is down." : $"There is no cluster '{one.Name}' that is up: nothing to take down.");
            });
            return ExitCodes.Success;
        });
        return command;
    }

    private static Cluster? Find(string name)
        => name == Cluster.Local().Name ? Cluster.Local() : Cluster.List().FirstOrDefault(one => one.Name == name);
}
