using System.CommandLine;
using System.Text.Json;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse result</c>.</summary>
internal static class ResultCommand
{
    private static readonly JsonElement Null = JsonElement.Parse("null");

    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The detached call's id, as the program that made it or 'runhouse calls' gives it.", HelpName = "call" };
        Option<string?> cluster = Arguments.ClusterOption();
        Option<int> host = Arguments.Host();
        var command = new Command(
            "result",
            "Wait for a detached call and print its result as JSON: members by name, all else as the host has kept it (enums as numbers, dates as ticks, decimals and blocks of numbers as base64). Its error is this command's. Ctrl-C stops waiting, and the call goes on.")
        {
            id, cluster, host,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster where = (parsed.GetValue(cluster) is { } given ? Cluster.Get(given) : Cluster.Default()).Host(parsed.GetValue(host));
            JsonElement? result = await RemoteCall.FromId(parsed.GetValue(id)!, where).ResultJsonAsync(cancellationToken).ConfigureAwait(false);
            if (result is { } value)
                terminal.Json(value, isIndented: !terminal.IsJson);
            else if (terminal.IsJson)
                terminal.Json(Null, isIndented: false);
            return ExitCodes.Success;
        });
        return command;
    }
}
