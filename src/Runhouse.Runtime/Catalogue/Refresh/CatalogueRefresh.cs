using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Catalogue.Refresh;

/// <summary>Reads the price list of a provider anew. The old one stays until the new one is complete.</summary>
/// <param name="home">The user's folder.</param>
/// <param name="options">The configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class CatalogueRefresh(RunhouseHome home, CatalogueOptions options, TimeProvider time)
{
    /// <summary>The providers whose lists can be read.</summary>
    public static readonly string[] Providers = ["aws", "gcp"];

    /// <summary>Reads the list.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="regions">The regions; empty for those that the catalogue has.</param>
    /// <param name="cancellationToken">Stops it; the old list stays.</param>
    public async Task<RefreshResult> RunAsync(string provider, IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        // Without the overrides: those are said again over the new list.
        var listed = MachineCatalogue.Load(home, new CatalogueOptions { Overrides = "none" });
        MachineOffer[] old = [.. listed.Offers.Where(offer => offer.Provider == provider)];
        OfferReading reading = provider switch
        {
            "aws" => await ReadAwsAsync(regions.Count > 0 ? regions : [.. old.Select(static one => one.Region).Distinct()], cancellationToken).ConfigureAwait(false),
            "gcp" => await ReadGoogleAsync(old, cancellationToken).ConfigureAwait(false),
            _ => throw new ArgumentException($"There is no price list of '{provider}'. There are those of {string.Join(" and ", Providers)}; prices of others go into {Path.Combine(home.Catalogue, "overrides.csv")}."),
        };
        MachineOffer[] fresh = [.. reading.Offers.Where(offer => regions.Count == 0 || regions.Contains(offer.Region))];
        string[] missing = [.. regions.Where(region => fresh.All(offer => offer.Region != region))];
        if (fresh.Length == 0 || missing.Length > 0)
            throw new InvalidDataException($"The price list of {provider} has no machine{(missing.Length > 0 ? $" in {string.Join(", ", missing)}" : "")} that can be believed. The prices stay as they were; check the regions, or try again later.");

        // An accelerator that we do not know is no mistake of the list's.
        DroppedEntry[] nonsense = [.. reading.Dropped.Where(static one => one.Reason != DropReason.UnknownAccelerator)];
        if (nonsense.Length > fresh.Length)
            throw new InvalidDataException($"The price list of {provider} is not believed: {nonsense.Length} of its entries make no sense, and {fresh.Length} do. The first is {nonsense[0].Reason} in {nonsense[0].Source}. The prices stay as they were; try again later.");
        RefreshedList list = RefreshedList.Of(home, provider);
        list.Replace(Joined(old, fresh));
        return new RefreshResult(provider, list.Path, fresh.Length, [.. fresh.Select(static one => one.Region).Distinct().Order(StringComparer.Ordinal)], fresh.Max(static one => one.AsOf), reading.Dropped);
    }

    /// <summary>What was read, what was known of other regions, and the zones' spot prices where none was read.</summary>
    private static IEnumerable<MachineOffer> Joined(MachineOffer[] old, MachineOffer[] fresh)
    {
        HashSet<string> regions = [.. fresh.Select(static offer => offer.Region)];
        var places = fresh.GroupBy(static offer => offer.Place).ToDictionary(static group => group.Key, static group => group.First());
        IEnumerable<MachineOffer> spot = old
            .Where(one => one is { Zone: not null, SpotPrice: not null } && places.TryGetValue(one.Place, out MachineOffer? now) && now.SpotPrice is null && one.SpotPrice <= now.ListPrice)
            .Select(one => places[one.Place] with { Zone = one.Zone, SpotPrice = one.SpotPrice, AsOf = one.AsOf });
        return [.. fresh, .. spot, .. old.Where(offer => !regions.Contains(offer.Region))];
    }

    private async Task<OfferReading> ReadAwsAsync(IEnumerable<string> regions, CancellationToken cancellationToken)
    {
        using var server = new PriceServer(options.AwsPrices, time);
        var reading = new OfferReading();
        await new AwsPriceList(server).ReadAsync(regions, reading, cancellationToken).ConfigureAwait(false);
        return reading;
    }

    private async Task<OfferReading> ReadGoogleAsync(MachineOffer[] old, CancellationToken cancellationToken)
    {
        if (options.GoogleKey is null)
            throw new ArgumentException("Google's billing catalogue takes an API key. Make one in the console of Google Cloud for the Cloud Billing API, and set RUNHOUSE__CATALOGUE__GOOGLEKEY.");
        using var server = new PriceServer(options.GooglePrices, time);
        server.AddHeader("X-Goog-Api-Key", options.GoogleKey);
        var reading = new OfferReading();

        // Types without a price are types too: the new list may have it.
        IEnumerable<MachineOffer> types = old.Concat(MachineCatalogue.ReadEmbedded().Unpriced.Where(static offer => offer.Provider == "gcp"));
        await new GooglePriceList(server, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)).ReadAsync([.. types.DistinctBy(static offer => offer.InstanceType)], reading, cancellationToken).ConfigureAwait(false);
        return reading;
    }
}
