using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Cli.Watching;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse watch</c>.</summary>
internal static class WatchCommand
{
    public static Command Create(Terminal terminal)
    {
        var project = new Argument<string>("project") { Description = "The project's file, or the folder with it." };
        var arguments = new Argument<string[]>("arguments") { Description = "Behind --, the arguments with which the program is run, anew after each redeploy; without --, it is not run.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> cluster = Arguments.ClusterOption();
        Option<int> host = Arguments.Host();
        var application = new Option<string?>("--app") { Description = "The application's name on the host; without it, what the configuration says, or the assembly's name.", HelpName = "name" };
        var configuration = new Option<string>("--configuration", "-c") { Description = "The configuration that is built. Only Debug is changed while it runs; others are redeployed.", DefaultValueFactory = static _ => "Debug", HelpName = "name" };
        var properties = new Option<string[]>("--property", "-p") { Description = "A property that the project is built with, name=value; once for each.", HelpName = "name=value" };
        var command = new Command(
            "watch",
            "Deploy a project, and again what is saved from then on, until Ctrl-C. New bodies of methods go into the worker that runs, which keeps its objects; everything else is a redeploy, and says why.")
        {
            project, arguments, cluster, host, application, configuration, properties,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isRun = parsed.Tokens.Any(static token => token.Type == System.CommandLine.Parsing.TokenType.DoubleDash);
            Cluster chosen = (parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default()).Host(parsed.GetValue(host));
            using var build = new ProjectBuild(
                FindProject(parsed.GetValue(project)!),
                ["--configuration", parsed.GetValue(configuration)!, .. (parsed.GetValue(properties) ?? []).Select(static one => "-p:" + one)]);
            var program = isRun ? new WatchedProgram(parsed.GetValue(arguments) ?? []) : null;
            var session = new WatchSession(
                build, chosen, parsed.GetValue(application), program, terminal.Error.Profile.Out.Writer, terminal.Note, one => terminal.Result(one, CliJson.Readable.WatchEvent, Show));
            await using (session.ConfigureAwait(false))
            {
                try
                {
                    await session.RunAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or BuildFailedException)
                {
                    // It is how one ends it. The compiler may have got the signal before.
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static string FindProject(string path)
    {
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
            return full;
        string[] found = Directory.Exists(full) ? Directory.GetFiles(full, "*.csproj") : [];
        return found switch
        {
            [var one] => one,
            [] => throw new FileNotFoundException($"There is no C# project at '{path}'. Name its file, or the folder with it."),
            _ => throw new ArgumentException($"The folder '{path}' has several projects: {string.Join(", ", found.Select(Path.GetFileName))}. Name one of them."),
        };
    }

    private static void Show(WatchEvent one, IAnsiConsole console) => console.Line(one.Kind switch
    {
        WatchEventKind.Deployed => $"deployed {one.Deployment![..DeploymentsCommand.ShownOfId]} in {one.Milliseconds:N0} ms: {one.Text}",
        WatchEventKind.Watching => $"watching {one.Text}",
        WatchEventKind.Reloaded => $"reloaded in {one.Milliseconds:N0} ms, state kept: {one.Text}{(one.LeftBehind.Count == 0 ? "" : $"; not in {string.Join(", ", one.LeftBehind)}, which {(one.LeftBehind.Count == 1 ? "stays" : "stay")} in workers of other builds until deleted")}",
        WatchEventKind.Adopted => $"built and adopted as {one.Deployment![..DeploymentsCommand.ShownOfId]} after {one.Milliseconds:N0} ms: {one.Text}",
        WatchEventKind.Unchanged => $"unchanged: {one.Text}",
        _ => one.Text,
    });
}
