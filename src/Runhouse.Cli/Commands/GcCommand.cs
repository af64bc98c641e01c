using System.CommandLine;
using Runhouse.Cli.Output;
using Runhouse.Runtime.Leases;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse gc</c>.</summary>
internal static class GcCommand
{
    public static Command Create(Terminal terminal)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Give nothing back; say what would be." };
        var command = new Command(
            "gc", "Look at every machine that you have leased, as the clouds have them, and give those back of which no cluster knows. Machines of clusters that are up stay.") { dryRun };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isDry = parsed.GetValue(dryRun);
            IReadOnlyList<CollectedMachine> machines = await Cluster.CollectAsync(isDry, cancellationToken).ConfigureAwait(false);
            terminal.Result(machines, CliJson.Readable.IReadOnlyListCollectedMachine, (all, console) =>
            {
                if (all.Count == 0)
                    console.WriteLine("No machine is leased.");
                else
                    console.Write(Tables.Create(["MACHINE", "CLUSTER", "STATE", "AGE", ""], all.Select(one => new[]
                    {
                        one.Machine.State == MachineState.Unknown ? one.Machine.Provider : one.Machine.ToString(), one.Machine.Cluster, one.Machine.State.ToString(), one.Machine.State == MachineState.Unknown ? "" : Sizes.Time(TimeProvider.System.GetUtcNow() - one.Machine.StartedAt), one.Problem ?? Word(one.Outcome, isDry),
                    })));
            });
            return machines.Any(static one => one.Outcome == CollectOutcome.Failed) ? ExitCodes.Failed : ExitCodes.Success;
        });
        return command;
    }

    private static string Word(CollectOutcome outcome, bool isDry) => outcome switch
    {
        CollectOutcome.InUse => "in use",
        CollectOutcome.Stopped => "stopped, its disk is kept",
        CollectOutcome.Busy => "being brought up or down",
        _ => isDry ? "would be given back" : "given back",
    };
}
