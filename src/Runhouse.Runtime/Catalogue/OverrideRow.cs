using System.Globalization;

namespace Runhouse.Runtime.Catalogue;

/// <summary>A row of the user's overrides. Unlike a price list it is believed, and so is an error where it cannot be understood.</summary>
/// <param name="row">The row.</param>
/// <param name="columns">The columns.</param>
/// <param name="writtenAt">The day on which the file was last written.</param>
/// <param name="path">The file.</param>
internal sealed class OverrideRow(CsvRow row, CsvColumns columns, DateOnly writtenAt, string path)
{
    /// <summary>Applies it.</summary>
    /// <param name="offers">The offers; changed.</param>
    /// <returns>What it has changed.</returns>
    /// <exception cref="RunhouseConfigurationException">It cannot be understood, or names what there is not.</exception>
    public string Apply(List<MachineOffer> offers) => Field("action") switch
    {
        "add" => Add(offers),
        "price" => Price(offers),
        "remove" => Remove(offers),
        var other => throw Wrong($"has the action '{other}'. Write add, price or remove"),
    };

    private string Add(List<MachineOffer> offers)
    {
        var offer = new MachineOffer
        {
            Provider = Needed("provider"),
            Region = Needed("region"),
            Zone = Field("zone") is { Length: > 0 } zone ? zone : null,
            InstanceType = Needed("instance_type"),
            Accelerator = Field("accelerator") is { Length: > 0 } name ? new Accelerator(FullName(name), Count()) : null,
            AcceleratorMemory = Field("accelerator_gib").Length > 0 ? Amount("accelerator_gib") : AcceleratorModels.TryGet(Field("accelerator"), out _, out double known) ? known : null,
            Cpus = Amount("cpus"),
            Memory = Amount("memory_gib"),
            Architecture = Field("architecture").Length == 0 ? System.Runtime.InteropServices.Architecture.X64
                : OfferList.TryArchitecture(Field("architecture"), out var architecture) ? architecture
                : throw Wrong($"has the architecture '{Field("architecture")}'. Write x86_64 or arm64"),
            ListPrice = PriceOf("list_price"),
            SpotPrice = PriceOf("spot_price"),
            AsOf = writtenAt,
            Source = "overrides",
        };
        if (offer.ListPrice is null && offer.SpotPrice is null)
            throw Wrong("adds a machine without a price. Write list_price, spot_price or both, in US dollars an hour");
        offers.RemoveAll(one => one.Place == offer.Place && one.Zone == offer.Zone);
        offers.Add(offer);
        return $"{offer.InstanceType} in {offer.Zone ?? offer.Region} ({offer.Provider}) is added";
    }

    private string Price(List<MachineOffer> offers)
    {
        Needed("instance_type");
        (decimal? list, decimal? spot) = (PriceOf("list_price"), PriceOf("spot_price"));
        if (list is null && spot is null)
            throw Wrong("changes no price. Write list_price, spot_price or both, in US dollars an hour");
        int changed = 0;
        for (int i = 0; i < offers.Count; i++)
        {
            if (!Covers(offers[i]))
                continue;
            changed++;

            // An agreed list price below the market's spot price leaves nothing to gain from spot.
            MachineOffer priced = offers[i] with { ListPrice = list ?? offers[i].ListPrice, SpotPrice = spot ?? offers[i].SpotPrice, Source = "overrides", AsOf = writtenAt };
            offers[i] = priced.SpotPrice > priced.ListPrice ? priced with { SpotPrice = null } : priced;
        }

        return changed > 0 ? $"{Scope()}: {Rows(changed)} priced" : throw NotThere();
    }

    private string Remove(List<MachineOffer> offers)
    {
        int removed = offers.RemoveAll(Covers);
        return removed > 0 ? $"{Scope()}: {Rows(removed)} removed" : throw NotThere();
    }

    // A blank column covers all.
    private bool Covers(MachineOffer offer) => Is("provider", offer.Provider) && Is("region", offer.Region) && Is("zone", offer.Zone) && Is("instance_type", offer.InstanceType);

    private bool Is(string column, string? value) => Field(column) is not { Length: > 0 } wanted || string.Equals(wanted, value, StringComparison.OrdinalIgnoreCase);

    private string Scope() => string.Join(' ', new[] { Needed("provider"), Field("region"), Field("zone"), Field("instance_type") }.Where(static part => part.Length > 0));

    private static string Rows(int count) => count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count} rows");

    private static string FullName(string name) => AcceleratorModels.TryGet(name, out string full, out _) ? full : name;

    private int Count() => Field("accelerator_count") is not { Length: > 0 } text ? 1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count
        : throw Wrong($"has accelerator_count '{text}'. Write a whole number from 1");

    private double Amount(string column)
        => double.TryParse(Field(column), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount) && amount > 0 && double.IsFinite(amount)
            ? amount
            : throw Wrong($"has {column} '{Field(column)}'. Write a positive number");

    private decimal? PriceOf(string column)
        => PriceText.Read(Field(column), out decimal? price) is null ? price : throw Wrong($"has {column} '{Field(column)}'. Write US dollars an hour as a number, such as 2.50");

    private string Needed(string column) => Field(column) is { Length: > 0 } value ? value : throw Wrong($"needs a {column}. Write one");

    private string Field(string column) => columns.Field(row, column);

    private RunhouseConfigurationException NotThere()
        => Wrong($"covers no row of the catalogue ({Scope()}). Correct the names ('runhouse catalog show' lists what there is), or remove the row");

    private RunhouseConfigurationException Wrong(string problem)
        => new(string.Create(CultureInfo.InvariantCulture, $"{path} line {row.Line} {problem}."));
}
