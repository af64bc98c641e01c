using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Runhouse.Runtime.Catalogue.Refresh;

/// <summary>
/// Google Cloud's billing catalogue. It has prices for cores, memory and accelerators, not for machines: the price of a type is that of its parts. Which parts a type has
/// is what the catalogue knows already, so that a refresh brings prices and regions, and no new types.
/// </summary>
/// <param name="server">Where it is.</param>
/// <param name="today">The day on which it is asked: its prices are those in force.</param>
internal sealed partial class GooglePriceList(PriceServer server, DateOnly today)
{
    // The service "Compute Engine".
    private const string Skus = "v1/services/6F81-5844-456A/skus?pageSize=5000&currencyCode=USD";

    private readonly Dictionary<(string Part, string Region, bool IsSpot), decimal> _prices = [];

    /// <summary>Reads it.</summary>
    /// <param name="types">A machine of each type, for its parts.</param>
    /// <param name="reading">Takes the offers, and what is not believed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task ReadAsync(IReadOnlyList<MachineOffer> types, OfferReading reading, CancellationToken cancellationToken)
    {
        string page = "";
        do
        {
            GooglePage answer = await server.GetJsonAsync(Skus + page, RefreshJson.Default.GooglePage, cancellationToken).ConfigureAwait(false);
            foreach (GoogleSku sku in answer.Skus ?? throw new InvalidDataException("Google's billing catalogue answers a page without prices. The prices stay as they were; try again later."))
                Take(sku, reading);
            page = string.IsNullOrEmpty(answer.NextPageToken) ? "" : $"&pageToken={Uri.EscapeDataString(answer.NextPageToken)}";
        }
        while (page.Length > 0);

        foreach (MachineOffer type in types)
        {
            foreach (string region in _prices.Keys.Where(key => key.Part == CoreOf(type)).Select(static key => key.Region).Distinct().Order(StringComparer.Ordinal))
            {
                MachineOffer offer = type with { Region = region, Zone = null, AsOf = today, Source = "billing catalogue", ListPrice = null, SpotPrice = null };
                (string list, string spot) = (Together(offer, isSpot: false), Together(offer, isSpot: true));

                // Where one part of it has no price, the machine is not sold.
                if (list.Length + spot.Length > 0)
                    reading.Add(offer, list, spot, $"Google's billing catalogue, {region}", type.InstanceType);
            }
        }
    }

    private static string CoreOf(MachineOffer type) => "Core " + FamilyOf(type.InstanceType);

    private static string FamilyOf(string type) => type.Split('-')[0].ToUpperInvariant();

    // Blank when the price of one part is not known.
    private string Together(MachineOffer type, bool isSpot)
    {
        decimal sum = 0;
        foreach ((string part, double amount) in Parts(type))
        {
            if (!_prices.TryGetValue((part, type.Region, isSpot), out decimal price))
                return "";
            sum += price * (decimal)amount;
        }

        return sum.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static IEnumerable<(string Part, double Amount)> Parts(MachineOffer type)
    {
        yield return (CoreOf(type), type.Cpus);
        yield return ("Ram " + FamilyOf(type.InstanceType), type.Memory);
        if (type.Accelerator is { } accelerator)
            yield return ("Gpu " + accelerator.Name, accelerator.Count);
    }

    private void Take(GoogleSku sku, OfferReading reading)
    {
        // Commitments and the like have usage types of their own.
        if (sku.Category?.UsageType is not ("OnDemand" or "Preemptible") || PartOf(sku.Description ?? "") is not { } part)
            return;
        string where = $"Google's billing catalogue, {sku.SkuId}";
        GooglePrice? price = sku.PricingInfo?.LastOrDefault()?.PricingExpression?.TieredRates?.LastOrDefault()?.UnitPrice;
        if (price is null || sku.ServiceRegions is null || !long.TryParse(price.Units ?? "0", out long units))
        {
            reading.Drop(DropReason.Malformed, where, sku.Description!);
        }
        else if (price.CurrencyCode != "USD")
        {
            reading.Drop(DropReason.NotDollars, where, $"{sku.Description} in {price.CurrencyCode}");
        }
        else if (units + (price.Nanos / 1_000_000_000m) is var dollars && dollars <= 0)
        {
            reading.Drop(DropReason.SentinelPrice, where, sku.Description!);
        }
        else
        {
            foreach (string region in sku.ServiceRegions)
            {
                (string, string, bool) key = (part, region, sku.Category.UsageType == "Preemptible");
                if (_prices.TryGetValue(key, out decimal other) && other != dollars)
                    reading.Drop(DropReason.PricesDisagree, where, $"{sku.Description} in {region}");
                _prices[key] = Math.Max(other, dollars);
            }
        }
    }

    // Custom machines, sole tenants and reservations have words between, and prices of their own.
    private static string? PartOf(string description)
    {
        if (CoreOrRam().Match(description) is { Success: true } match)
            return $"{match.Groups["part"].Value} {match.Groups["family"].Value.ToUpperInvariant()}";
        return Gpu().Match(description) is { Success: true } gpu && AcceleratorModels.TryGet(gpu.Groups["model"].Value, out string name, out _) ? "Gpu " + name : null;
    }

    [GeneratedRegex(@"^(Spot Preemptible )?(?<family>[A-Z]\w+)( AMD| Arm)? Instance (?<part>Core|Ram) running in ")]
    private static partial Regex CoreOrRam();

    [GeneratedRegex(@"^Nvidia (?<model>[\w ]+?) GPU (attached to Spot Preemptible VMs )?running in ")]
    private static partial Regex Gpu();
}

/// <summary>A page of the billing catalogue.</summary>
internal sealed record GooglePage(List<GoogleSku>? Skus, string? NextPageToken);

/// <summary>Something that is sold.</summary>
internal sealed record GoogleSku(string? SkuId, string? Description, GoogleCategory? Category, List<string>? ServiceRegions, List<GooglePricing>? PricingInfo);

/// <summary>What kind of thing it is.</summary>
internal sealed record GoogleCategory(string? UsageType);

/// <summary>Its price from a day on.</summary>
internal sealed record GooglePricing(GoogleExpression? PricingExpression);

/// <summary>Its price, by the amount used.</summary>
internal sealed record GoogleExpression(List<GoogleRate>? TieredRates);

/// <summary>Its price from an amount on.</summary>
internal sealed record GoogleRate(GooglePrice? UnitPrice);

/// <summary>A price: whole units and billionths of one.</summary>
internal sealed record GooglePrice(string? CurrencyCode, string? Units, long Nanos);

/// <summary>The JSON of price interfaces.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AwsRegionIndex))]
[JsonSerializable(typeof(GooglePage))]
internal sealed partial class RefreshJson : JsonSerializerContext;
