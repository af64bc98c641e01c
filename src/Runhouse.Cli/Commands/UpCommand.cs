using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse up</c>.</summary>
internal static class UpCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> name = Arguments.Cluster("The cluster's name. One that is saved needs no more; 'local' is this machine.");
        var ssh = new Option<string[]>("--ssh")
        {
            Description = "A machine reached over SSH: user@address, user@address:port, or a name from ~/.ssh/config. Once for each host.",
            HelpName = "machine",
        };
        var autostop = new Option<TimeSpan?>("--autostop")
        {
            Description = "After how long without work the hosts stop: 30m, 2h, or 'never'.",
            HelpName = "time",
            CustomParser = static result => DurationText.Parse(result, "never"),
        };
        var command = new Command("up", "Bring a cluster up: find its hosts or start them, sending what the machines lack.") { name, ssh, autostop };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = parsed.GetValue(name)!;
            string[] machines = parsed.GetValue(ssh) ?? [];
            Cluster cluster = machines.Length > 0 ? Cluster.Ssh(wanted, machines) : Cluster.Get(wanted);
            if (parsed.GetValue(autostop) is { } idle)
                cluster = cluster.WithAutostop(idle);
            await ProvisioningDisplay.RunAsync(terminal, progress => cluster.UpIfNotAsync(progress, cancellationToken)).ConfigureAwait(false);
            ClusterStatus status = await cluster.StatusAsync(cancellationToken).ConfigureAwait(false);
            terminal.Result(status, CliJson.Readable.ClusterStatus, StatusDisplay.Show);
            return ExitCodes.Success;
        });
        return command;
    }
}
