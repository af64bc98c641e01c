using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse keep-warm</c>.</summary>
internal static class KeepWarmCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster();
        var time = new Argument<TimeSpan>("time")
        {
            Description = "For how long from now: 30m, 8h, 2d; 'off' for no longer.",
            CustomParser = static result => DurationText.Parse(result, "off"),
        };
        var command = new Command("keep-warm", "Keep a cluster's hosts up for a time, whether they have work or not; brings those up that are not.") { name, time };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Cluster cluster = Cluster.Get(parsed.GetValue(name)!);
            TimeSpan duration = parsed.GetValue(time);
            await cluster.KeepWarmAsync(duration.Ticks < 0 ? TimeSpan.Zero : duration, cancellationToken).ConfigureAwait(false);
            ClusterStatus status = await cluster.StatusAsync(cancellationToken).ConfigureAwait(false);
            terminal.Result(status, CliJson.Readable.ClusterStatus, StatusDisplay.Show);
            return ExitCodes.Success;
        });
        return command;
    }
}
