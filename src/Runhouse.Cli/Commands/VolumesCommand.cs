using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Runtime.Volumes;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse volumes</c>.</summary>
internal static class VolumesCommand
{
    public static Command Create(Terminal terminal) => new("volumes", "Disks that outlive the machines of clusters ('runhouse up --volume'). They are paid for until they are deleted.")
    {
        List(terminal), Delete(terminal),
    };

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "List the volumes, where they are, which machine has them, and about what they cost.");
        command.SetAction(async (_, cancellationToken) =>
        {
            IReadOnlyList<CloudVolume> volumes = await Volume.ListAsync(cancellationToken).ConfigureAwait(false);
            terminal.Result(volumes, CliJson.Readable.IReadOnlyListCloudVolume, static (all, console) =>
            {
                if (all.Count == 0)
                    console.WriteLine("There is no volume. 'runhouse up NAME --volume data:100:/data' makes one.");
                else
                    console.Write(Tables.Create(["VOLUME", "GIB", "PROVIDER", "ZONE", "MACHINE", "A MONTH, ABOUT", "ID"], all.Select(static one => new[]
                    {
                        one.Name, one.Size.ToString(CultureInfo.InvariantCulture), one.Provider, one.Zone, one.AttachedTo ?? "", Prices.Text(one.AMonth), one.Id,
                    })));
            });
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The volume's name; its id where there are several of the name." };
        var yes = new Option<bool>("--yes") { Description = "Delete it. Without it is only said what would be deleted." };
        var command = new Command("delete", "Delete a volume, with what is on it. A machine that has it keeps it from being deleted.") { name, yes };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string wanted = parsed.GetValue(name)!;
            if (!parsed.GetValue(yes))
            {
                CloudVolume? found = await Volume.FindAsync(wanted, cancellationToken).ConfigureAwait(false);
                terminal.Result(new DeleteResult(0), CliJson.Readable.DeleteResult, (_, console)
                    => console.WriteLine(found is not null ? $"{found}, {found.Size} GiB, would be deleted with what is on it. Nobody can bring it back: say --yes." : $"There is no volume '{wanted}': nothing to delete."));
                return found is not null ? ExitCodes.Failed : ExitCodes.Success;
            }

            CloudVolume? deleted = await Volume.DeleteAsync(wanted, cancellationToken).ConfigureAwait(false);
            terminal.Result(new DeleteResult(deleted is null ? 0 : 1), CliJson.Readable.DeleteResult, (_, console)
                => console.WriteLine(deleted is not null ? $"Volume {deleted} is deleted." : $"There is no volume '{wanted}': nothing to delete."));
            return ExitCodes.Success;
        });
        return command;
    }
}
