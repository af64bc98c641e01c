using System.CommandLine;
using Runhouse.Cli.Output;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse put</c>, <c>get</c> and <c>sync</c>.</summary>
internal static class TransferCommands
{
    private const string RemotePath = "A path on the host: absolute, or relative to the home of the host's user.";

    /// <summary><c>runhouse put</c>.</summary>
    public static Command Put(Terminal terminal)
    {
        var local = new Argument<string>("local") { Description = "The file or folder here." };
        var remote = new Argument<string>("remote") { Description = RemotePath + " With a slash at the end, a file goes into that folder." };
        return Create(terminal, "put", "Copy a file or a folder to a cluster's host. What is there already does not travel; nothing is deleted there.", [local, remote],
            (parsed, cluster, options, progress, stop) => cluster.Files.UploadAsync(parsed.GetValue(local)!, parsed.GetValue(remote)!, options, progress, stop));
    }

    /// <summary><c>runhouse get</c>.</summary>
    public static Command Get(Terminal terminal)
    {
        var remote = new Argument<string>("remote") { Description = RemotePath };
        var local = new Argument<string>("local") { Description = "The file or folder here. With a slash at the end, a file goes into that folder." };
        return Create(terminal, "get", "Copy a file or a folder from a cluster's host. What is here already does not travel; nothing is deleted here.", [remote, local],
            (parsed, cluster, options, progress, stop) => cluster.Files.DownloadAsync(parsed.GetValue(remote)!, parsed.GetValue(local)!, options, progress, stop));
    }

    /// <summary><c>runhouse sync</c>.</summary>
    public static Command Sync(Terminal terminal)
    {
        var local = new Argument<string>("local") { Description = "The folder here." };
        var remote = new Argument<string>("remote") { Description = RemotePath };
        var down = new Option<bool>("--down") { Description = "Make the folder here the mirror of the one there, instead of the other way." };
        Command command = Create(terminal, "sync", "Make a folder on a cluster's host the mirror of one here: what is not here is deleted there.", [local, remote],
            (parsed, cluster, options, progress, stop) => parsed.GetValue(down)
                ? cluster.Files.SyncDownAsync(parsed.GetValue(remote)!, parsed.GetValue(local)!, options, progress, stop)
                : cluster.Files.SyncUpAsync(parsed.GetValue(local)!, parsed.GetValue(remote)!, options, progress, stop));
        command.Options.Add(down);
        return command;
    }

    private static Command Create(
        Terminal terminal,
        string name,
        string description,
        IReadOnlyList<Argument> paths,
        Func<ParseResult, Cluster, TransferOptions, IProgress<TransferProgress>, CancellationToken, Task<TransferResult>> copy)
    {
        Argument<string> clusterName = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        var exclude = new Option<string[]>("--exclude") { Description = "A pattern of what stays behind, as .gitignore has it. May be given several times.", HelpName = "pattern" };
        var ignored = new Option<bool>("--ignored") { Description = "Copy what .gitignore files ignore, too." };
        var command = new Command(name, description) { clusterName };
        foreach (Argument path in paths)
            command.Arguments.Add(path);
        command.Options.Add(host);
        command.Options.Add(exclude);
        command.Options.Add(ignored);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(clusterName)!).Host(parsed.GetValue(host));
            var options = new TransferOptions { Exclude = parsed.GetValue(exclude) ?? [], UseGitignore = !parsed.GetValue(ignored) };
            TransferResult result = await TransferDisplay.RunAsync(terminal, progress => copy(parsed, cluster, options, progress, cancellationToken)).ConfigureAwait(false);
            terminal.Result(result, CliJson.Readable.TransferResult, Show);
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Show(TransferResult result, IAnsiConsole console)
    {
        console.WriteLine($"{result.Written} written, {result.Unchanged} unchanged, {result.Deleted} deleted; {Sizes.Bytes(result.BytesCopied)} travelled.");
        foreach (string link in result.Skipped)
            console.WriteLine($"stayed behind, as it leads out of the folder: {link}");
    }
}
