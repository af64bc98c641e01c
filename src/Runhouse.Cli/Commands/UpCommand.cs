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
        var onDemand = new ResourceOptions();
        var count = new Option<int?>("--count") { Description = "How many machines to lease, all of one kind and in one place; 1 without it.", HelpName = "machines" };
        var autostop = new Option<TimeSpan?>("--autostop")
        {
            Description = "After how long without work the hosts stop: 30m, 2h, or 'never'.",
            HelpName = "time",
            CustomParser = static result => DurationText.Parse(result, "never"),
        };
        var keepDisk = new Option<bool?>("--keep-disk") { Description = "Leased machines stop where they would end, and keep their disks: they cost those alone until the next use starts them. Not for spot machines." };
        var volumes = new Option<string[]>("--volume") { Description = "A disk that outlives the machine, made if there is none of its name: NAME:GIB:FOLDER, as in datasets:200:/data. May be given several times.", HelpName = "volume" };
        var openPort = new Option<int?>("--open-port")
        {
            Description = $"Open a port on the machines, for calls by TLS straight there instead of through SSH; without a number {Cluster.DefaultOpenPort}, and 0 for any that is free. Firewalls have to let it through.",
            HelpName = "port",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = PortText.Parse,
        };
        var command = new Command("up", "Bring a cluster up: find its hosts or start them, sending what the machines lack.") { name, ssh, autostop, keepDisk, volumes, openPort, count };
        onDemand.AddOptionsTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = parsed.GetValue(name)!;
            string[] machines = parsed.GetValue(ssh) ?? [];
            bool isLeased = onDemand.IsGiven(parsed) || parsed.GetValue(count) is not null;
            if (isLeased && machines.Length > 0)
                throw new ArgumentException("--ssh names machines that there are, and the other options describe machines to lease. Use one or the other.");
            Cluster cluster = isLeased ? Cluster.OnDemand(wanted, onDemand.Read(parsed), parsed.GetValue(count) ?? 1)
                : machines.Length > 0 ? Cluster.Ssh(wanted, machines)
                : Cluster.Get(wanted);
            if (parsed.GetValue(autostop) is { } idle)
                cluster = cluster.WithAutostop(idle);
            cluster = (parsed.GetValue(volumes) ?? []).Select(ReadVolume).Aggregate(cluster, static (one, volume) => one.WithVolume(volume.Name, volume.Size, volume.Path));
            if (parsed.GetValue(keepDisk) is { } kept)
                cluster = cluster.WithKeptDisk(kept);
            if (parsed.GetValue(openPort) is { } port)
                cluster = cluster.WithOpenPort(port);
            bool hasRun = (parsed.GetValue(autostop) is not null || parsed.GetValue(openPort) is not null) && await RunsAsync(cluster, cancellationToken).ConfigureAwait(false);
            await ProvisioningDisplay.RunAsync(terminal, progress => cluster.UpIfNotAsync(progress, cancellationToken)).ConfigureAwait(false);
            ClusterStatus status = await cluster.StatusAsync(cancellationToken).ConfigureAwait(false);
            terminal.Result(status, CliJson.Readable.ClusterStatus, StatusDisplay.Show);
            if (hasRun)
                terminal.Note($"'{wanted}' ran already, and its hosts go on as they were started: what --autostop and --open-port say holds from their next start on. To have it at once: runhouse down {wanted}, and this again.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static ClusterVolume ReadVolume(string text)
    {
        try
        {
            return ClusterVolume.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new ArgumentException(wrong.Message, wrong);
        }
    }

    // Before it is brought up: a host keeps what it was started with.
    private static async Task<bool> RunsAsync(Cluster cluster, CancellationToken cancellationToken)
        => (await cluster.StatusAsync(cancellationToken).ConfigureAwait(false)).Hosts.Any(static host => host.State == ClusterHostState.Up);
}
