using System.CommandLine;
using System.Globalization;
using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary><c>runhouse catalog refresh</c>.</summary>
internal static class CatalogRefreshCommand
{
    public static Command Create(Terminal terminal)
    {
        var provider = new Argument<string>("provider") { Description = "The provider: aws, or gcp, which takes an API key (RUNHOUSE__CATALOGUE__GOOGLEKEY)." };
        provider.CompletionSources.Add("aws", "gcp");
        var regions = new Option<string[]>("--region") { Description = "A region to read, as the provider names it; may be given several times. Without it, those that the catalogue has (aws), or all (gcp).", HelpName = "region" };
        var command = new Command("refresh", "Read a provider's public price list anew. The old one stays until the new one is there, whole. AWS' list has no spot prices: those stay as they were.") { provider, regions };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RefreshResult result = await MachineCatalogue.RefreshAsync(parsed.GetValue(provider)!, parsed.GetValue(regions) ?? [], cancellationToken).ConfigureAwait(false);
            terminal.Result(result, CliJson.Readable.RefreshResult, static (done, console) =>
            {
                console.Line(string.Create(CultureInfo.InvariantCulture, $"{done.Provider}: {done.Offers} offers in {string.Join(", ", done.Regions)}, prices of {Prices.Day(done.AsOf)}, kept in {done.File}."));
                if (done.Dropped.Count > 0)
                    console.Line(string.Create(CultureInfo.InvariantCulture, $"Not believed: {done.Dropped.Count}. The first: {done.Dropped[0].Reason}: {done.Dropped[0].Source}."));
            });
            return ExitCodes.Success;
        });
        return command;
    }
}
