using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;
using Runhouse.Cli.Parsing;
using Spectre.Console;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse cost</c>.</summary>
internal static class CostCommand
{
    private const int Shown = 20;

    public static Command Create(Terminal terminal)
    {
        var request = new ResourceOptions();
        var hours = new Option<decimal>("--hours")
        {
            Description = "For how long, to see the cost of that; 1 without it.",
            HelpName = "hours",
            DefaultValueFactory = static _ => 1,
        };
        hours.Validators.Add(static result =>
        {
            // What cannot be read has an error of its own.
            if (result.Tokens is [var token] && decimal.TryParse(token.Value, NumberStyles.Number, CultureInfo.InvariantCulture, out decimal given) && given <= 0)
                result.AddError("--hours takes a positive number, such as 100 or 0.5.");
        });
        var all = new Option<bool>("--all") { Description = $"Show all that would do, not only the first {Shown}." };
        var command = new Command("cost", "Show which machines of the catalogue would do, in the order in which they are tried, and what they cost. It asks no provider.");
        request.AddTo(command);
        command.Options.Add(hours);
        command.Options.Add(all);
        command.SetAction(parsed =>
        {
            Candidates candidates = MachineCatalogue.Load().Find(request.Read(parsed)).Required();
            decimal time = parsed.GetValue(hours);
            CostEntry[] entries = [.. candidates.GroupBy(static one => (one.Offer.Provider, one.Offer.Region, one.Offer.InstanceType, one.IsSpot)).Select(group => Entry([.. group], time))];
            CostEntry[] shown = parsed.GetValue(all) ? entries : [.. entries.Take(Shown)];
            terminal.Result<IReadOnlyList<CostEntry>>(shown, CliJson.Readable.IReadOnlyListCostEntry, (list, console) => Show(list, time, console));
            if (shown.Length < entries.Length)
                terminal.Note(string.Create(CultureInfo.InvariantCulture, $"{entries.Length - shown.Length} more would do; --all shows them."));
            return ExitCodes.Success;
        });
        return command;
    }

    // Of the zones of a region, the one that is tried first.
    private static CostEntry Entry(Candidate[] zones, decimal hours)
    {
        Candidate first = zones[0];
        return new CostEntry(
            first.Offer.Provider, first.Offer.Region, first.Offer.Zone, zones.Length, first.Offer.InstanceType, first.Offer.Accelerator?.Name, first.Offer.Accelerator?.Count, first.Offer.AcceleratorMemory,
            first.Offer.Cpus, first.Offer.Memory, first.IsSpot, first.Price, first.Price * hours, first.Offer.ListPrice, zones.Min(static one => one.Offer.SpotPrice), first.Offer.AsOf, first.Offer.Source);
    }

    private static void Show(IReadOnlyList<CostEntry> entries, decimal hours, IAnsiConsole console) => console.Write(Tables.Create(
        ["TYPE", "PROVIDER", "REGION", "GPU", "CORES", "GIB", "AN HOUR", string.Create(CultureInfo.InvariantCulture, $"{hours} H"), "LIST", "SPOT", "AS OF", "SOURCE"],
        entries.Select(static one => new[]
        {
            one.InstanceType, one.Provider, one.Region,
            one.Accelerator is null ? "" : new Accelerator(one.Accelerator, one.AcceleratorCount ?? 1).ToString(),
            Prices.Amount(one.Cpus), Prices.Amount(one.Memory), Prices.Text(one.PriceAnHour) + (one.IsSpot ? " spot" : ""), Prices.Text(one.Cost), Prices.Text(one.ListPrice), Prices.Text(one.SpotPrice),
            Prices.Day(one.AsOf), one.Source,
        })));
}
