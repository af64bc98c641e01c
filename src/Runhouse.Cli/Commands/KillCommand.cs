using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Protocol.Control;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse kill</c>.</summary>
internal static class KillCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        var worker = new Argument<string>("worker") { Description = "The name of a process, or the id of a worker, as 'runhouse status' shows them." };
        Option<int> host = Arguments.Host();
        var command = new Command("kill", "End a worker of a cluster's host, with the objects in it; its calls in flight fail. Others go on.") { name, worker, host };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            WorkerStatus killed = await Cluster.Get(parsed.GetValue(name)!).Host(parsed.GetValue(host)).KillAsync(parsed.GetValue(worker)!, cancellationToken).ConfigureAwait(false);
            terminal.Result(killed, CliJson.Readable.WorkerStatus, static (one, console) => console.WriteLine(
                $"Ended worker {one.Id}{(one.Process is { } process ? $" (process '{process}')" : "")} of {one.Application}, which had {one.Objects} object{(one.Objects == 1 ? "" : "s")}."));
            return ExitCodes.Success;
        });
        return command;
    }
}
