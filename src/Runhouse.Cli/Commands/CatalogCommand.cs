using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse catalog</c>.</summary>
internal static class CatalogCommand
{
    public static Command Create(Terminal terminal) => new("catalog", "The machines that providers offer, with their prices.")
    {
        Show(terminal), Status(terminal), CatalogRefreshCommand.Create(terminal),
    };

    private static Command Show(Terminal terminal)
    {
        var request = new ResourceOptions();
        var command = new Command("show", "List the offers of the catalogue, in its own order. It asks no provider.");
        request.AddTo(command);
        command.SetAction(parsed =>
        {
            MachineCatalogue catalogue = MachineCatalogue.Load();
            Resources needs = request.Read(parsed);
            HashSet<(string, string, string)> wanted = [.. catalogue.Find(needs).Required().Select(static one => (one.Offer.Provider, one.Offer.Region, one.Offer.InstanceType))];
            MachineOffer[] offers = [.. catalogue.Offers.Where(one => wanted.Contains((one.Provider, one.Region, one.InstanceType)))];
            terminal.Result<IReadOnlyList<MachineOffer>>(offers, CliJson.Readable.IReadOnlyListMachineOffer, static (list, console) => console.Write(Tables.Create(
                ["TYPE", "PROVIDER", "REGION", "ZONE", "GPU", "GPU GIB", "CORES", "GIB", "ARCHITECTURE", "LIST", "SPOT", "AS OF", "SOURCE"],
                list.Select(static one => new[]
                {
                    one.InstanceType, one.Provider, one.Region, one.Zone ?? "", one.Accelerator?.ToString() ?? "", one.AcceleratorMemory is { } memory ? Prices.Amount(memory) : "", Prices.Amount(one.Cpus),
                    Prices.Amount(one.Memory), one.Architecture.ToString(), Prices.Text(one.ListPrice), Prices.Text(one.SpotPrice), Prices.Day(one.AsOf), one.Source,
                }))));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Status(Terminal terminal)
    {
        var command = new Command("status", "Show where the catalogue comes from, of which day its prices are, what in it is not believed and why, and what the overrides change.");
        command.SetAction(_ =>
        {
            var catalogue = MachineCatalogue.Load();
            var status = new CatalogStatus(catalogue.Lists, catalogue.Dropped, catalogue.OverridesFile, catalogue.Overrides);
            terminal.Result(status, CliJson.Readable.CatalogStatus, ShowStatus);
            return ExitCodes.Success;
        });
        return command;
    }

    private static void ShowStatus(CatalogStatus status, IAnsiConsole console)
    {
        console.Write(Tables.Create(
            ["LIST", "OFFERS", "OLDEST PRICE", "NEWEST PRICE"],
            status.Lists.Select(static one => new[]
            {
                one.Name, one.Offers.ToString(CultureInfo.InvariantCulture), one.Oldest is { } oldest ? Prices.Day(oldest) : "", one.Newest is { } newest ? Prices.Day(newest) : "",
            })));
        console.Line("");
        console.Line(status.Dropped.Count == 0 ? "Everything in them is believed." : $"Not believed: {string.Join(", ", status.Dropped.GroupBy(static one => one.Reason).OrderBy(static group => group.Key).Select(static group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}")))}.");
        foreach (DroppedEntry dropped in status.Dropped)
            console.Line($"  {dropped.Reason}: {dropped.Source}: {dropped.Text}");
        console.Line(status.Overrides.Count == 0 ? $"Overrides: none ({status.OverridesFile})." : $"Overrides in {status.OverridesFile}:");
        foreach (string change in status.Overrides)
            console.Line($"  {change}");
    }
}
