using Runhouse.Runtime.Catalogue;
using Runhouse.Runtime.Catalogue.Refresh;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Configuration;

namespace Runhouse;

/// <summary>
/// The machines that providers offer, with their prices: the lists that this library carries, in their place those that were refreshed, and over both the user's
/// overrides.
/// </summary>
public sealed class MachineCatalogue
{
    private const string Embedded = "Runhouse.Runtime.Catalogue.catalogue.csv";

    private readonly CandidateOrder _order;

    private MachineCatalogue(
        IReadOnlyList<MachineOffer> offers, IReadOnlyList<CatalogueList> lists, IReadOnlyList<DroppedEntry> dropped, IReadOnlyList<string> overrides, string overridesFile, CandidateOrder order)
        => (Offers, Lists, Dropped, Overrides, OverridesFile, _order) = (offers, lists, dropped, overrides, overridesFile, order);

    /// <summary>The offers.</summary>
    public IReadOnlyList<MachineOffer> Offers { get; }

    /// <summary>The lists that they come from.</summary>
    public IReadOnlyList<CatalogueList> Lists { get; }

    /// <summary>What was in the lists and is not believed.</summary>
    public IReadOnlyList<DroppedEntry> Dropped { get; }

    /// <summary>What the overrides have changed, a text for each row.</summary>
    public IReadOnlyList<string> Overrides { get; }

    /// <summary>The file of the overrides, whether it exists or not; <c>none</c> when the configuration wants none.</summary>
    public string OverridesFile { get; }

    /// <summary>Reads the catalogue of this user.</summary>
    /// <exception cref="RunhouseConfigurationException">A row of the overrides, or the configuration, is wrong; the message names the file and the line.</exception>
    /// <exception cref="InvalidDataException">A list that was refreshed is damaged; the message names it.</exception>
    public static MachineCatalogue Load()
    {
        RunhouseHome home = RunhouseHome.Current;
        return Load(home, OptionsLoader.Load(home).Catalogue);
    }

    /// <summary>The catalogue that this library carries, without what was refreshed and overridden on this machine: what is computed from it is the same everywhere.</summary>
    public static MachineCatalogue LoadEmbedded()
    {
        OfferReading reading = ReadEmbedded();
        MachineOffer[] offers = [.. reading.Offers];
        return new MachineCatalogue(offers, [ListOf("embedded", offers)], [.. reading.Dropped], [], "none", CandidateOrder.Cheapest);
    }

    /// <summary>Reads the public price list of a provider anew, and keeps it in the user's folder. The old one stays until the new one is there, whole.</summary>
    /// <param name="provider">The provider: <c>aws</c>, or <c>gcp</c>, which takes an API key (<see cref="CatalogueOptions.GoogleKey"/>).</param>
    /// <param name="regions">The regions; empty for those that the catalogue has (<c>aws</c>), or all (<c>gcp</c>).</param>
    /// <param name="cancellationToken">Stops it; the old list stays.</param>
    /// <exception cref="ArgumentException">There is no such provider or region, or no key.</exception>
    /// <exception cref="CredentialsException">The key is refused.</exception>
    /// <exception cref="HttpRequestException">The provider does not answer, or with errors only.</exception>
    /// <exception cref="InvalidDataException">What it answers is cut off, or makes no sense.</exception>
    public static Task<RefreshResult> RefreshAsync(string provider, IReadOnlyList<string>? regions = null, CancellationToken cancellationToken = default)
    {
        RunhouseHome home = RunhouseHome.Current;
        return new CatalogueRefresh(home, OptionsLoader.Load(home).Catalogue, TimeProvider.System).RunAsync(provider, regions ?? [], cancellationToken);
    }

    /// <summary>The machines that satisfy a request, the one to try first in front.</summary>
    /// <param name="needs">The request.</param>
    /// <param name="order">Which comes first; null for what the configuration says.</param>
    public Candidates Find(Resources needs, CandidateOrder? order = null)
    {
        ArgumentNullException.ThrowIfNull(needs);
        return new CandidateSearch(needs, order ?? _order).Run(Offers);
    }

    /// <summary>Reads a catalogue.</summary>
    /// <param name="home">The user's folder.</param>
    /// <param name="options">The configuration.</param>
    internal static MachineCatalogue Load(RunhouseHome home, CatalogueOptions options)
    {
        var offers = new List<MachineOffer>();
        var lists = new List<CatalogueList>();
        var dropped = new List<DroppedEntry>();
        foreach (RefreshedList file in RefreshedList.All(home))
            Take(file.Read(), file.Path);

        // A provider's own list is newer than ours and whole: ours would only add what it does not offer any more.
        HashSet<string> refreshed = [.. offers.Select(static offer => offer.Provider)];
        Take(ReadEmbedded(), "embedded", offer => !refreshed.Contains(offer.Provider));
        var changes = new List<string>();
        string path = options.Overrides ?? Path.Combine(home.Catalogue, "overrides.csv");
        if (path != "none")
            new CatalogueOverrides(path).Apply(offers, changes);
        return new MachineCatalogue(offers, lists, dropped, changes, path, options.Order);

        void Take(OfferReading reading, string name, Func<MachineOffer, bool>? isWanted = null)
        {
            MachineOffer[] taken = [.. isWanted is null ? reading.Offers : reading.Offers.Where(isWanted)];
            offers.AddRange(taken);
            dropped.AddRange(reading.Dropped);
            lists.Add(ListOf(name, taken));
        }
    }

    /// <summary>Reads the list that this library carries.</summary>
    internal static OfferReading ReadEmbedded()
    {
        using Stream stream = typeof(MachineCatalogue).Assembly.GetManifestResourceStream(Embedded) ?? throw new InvalidOperationException($"The resource {Embedded} is missing from {typeof(MachineCatalogue).Assembly.FullName}. Build it again.");
        using var text = new StreamReader(stream);
        return OfferList.Read(text, "embedded list");
    }

    private static CatalogueList ListOf(string name, MachineOffer[] offers)
        => new(name, offers.Length, offers.Length == 0 ? null : offers.Min(static one => one.AsOf), offers.Length == 0 ? null : offers.Max(static one => one.AsOf));
}
