using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse logs</c>.</summary>
internal static class LogsCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        Option<int> host = Arguments.Host();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with the lines that come, until Ctrl-C or the host's end." };
        var tail = new Option<int>("--tail") { Description = "How many of the lines that are there already, of each log (100).", HelpName = "lines", DefaultValueFactory = static _ => 100 };
        var source = new Option<string?>("--source") { Description = "One log alone: a worker's id, or 'host' for the host's own.", HelpName = "log" };
        var call = new Option<string?>("--call") { Description = "What a detached call wrote, from its beginning, by the call's id.", HelpName = "call" };
        var command = new Command("logs", "Show the logs of a cluster's host and of its workers. Reading keeps nothing up. With --json each line is an object.") { name, host, follow, tail, source, call };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                await ShowAsync(parsed, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (parsed.GetValue(follow) && cancellationToken.IsCancellationRequested)
            {
                // It is how one ends it.
            }

            return ExitCodes.Success;
        });
        return command;

        async Task ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host));
            if (parsed.GetValue(call) is { } id)
            {
                await foreach (CallEvent line in RemoteCall.FromId(id, cluster).LogsAsync(parsed.GetValue(follow), cancellationToken).ConfigureAwait(false))
                    terminal.Result(line, ControlJson.Default.CallEvent, static (one, console) => console.Profile.Out.Writer.WriteLine(one.Line));
                return;
            }

            string? only = parsed.GetValue(source);
            await foreach (HostLogLine line in cluster.LogsAsync(only, parsed.GetValue(tail), parsed.GetValue(follow), cancellationToken).ConfigureAwait(false))
            {
                terminal.Result(line, ControlJson.Default.HostLogLine, (one, console)
                    => console.Profile.Out.Writer.WriteLine(only is null ? $"{one.Source} | {one.Line}" : one.Line));
            }
        }
    }
}
