namespace Runhouse.Runtime.Catalogue;

/// <summary>The offers of lists as far as they can be believed, and what cannot.</summary>
internal sealed class OfferReading
{
    private readonly Dictionary<(string, string, string?, string), MachineOffer> _offers = [];
    private readonly HashSet<(string, string, string?, string)> _doubtful = [];

    /// <summary>The offers, in the order in which they were read.</summary>
    public IEnumerable<MachineOffer> Offers => _offers.Values;

    /// <summary>Machines without a price that can be believed: known, and not to be bought.</summary>
    public List<MachineOffer> Unpriced { get; } = [];

    /// <summary>What was not believed.</summary>
    public List<DroppedEntry> Dropped { get; } = [];

    /// <summary>Leaves something out.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="where">Where it stands.</param>
    /// <param name="text">What stands there.</param>
    public void Drop(DropReason reason, string where, string text) => Dropped.Add(new DroppedEntry(reason, where, text));

    /// <summary>Takes an offer with those of its prices that can be believed.</summary>
    /// <param name="machine">The machine and its place.</param>
    /// <param name="list">The list price as it stands there.</param>
    /// <param name="spot">The spot price as it stands there.</param>
    /// <param name="where">Where it stands.</param>
    /// <param name="text">What stands there.</param>
    public void Add(MachineOffer machine, string list, string spot, string where, string text)
    {
        if (PriceText.Read(list, out decimal? listPrice) is { } wrongList)
            Drop(wrongList, where, text);
        if (PriceText.Read(spot, out decimal? spotPrice) is { } wrongSpot)
            Drop(wrongSpot, where, text);
        if (spotPrice > listPrice)
        {
            // One of the two is wrong. The list price is the one that nobody bids for.
            Drop(DropReason.SpotAboveList, where, text);
            spotPrice = null;
        }

        if (listPrice is not null || spotPrice is not null)
        {
            Add(machine with { ListPrice = listPrice, SpotPrice = spotPrice }, where, text);
            return;
        }

        Unpriced.Add(machine);
        Drop(DropReason.NoPrice, where, text);
    }

    private void Add(MachineOffer offer, string where, string text)
    {
        (string, string, string?, string) key = (offer.Provider, offer.Region, offer.Zone, offer.InstanceType);
        if (_doubtful.Contains(key))
        {
            Drop(DropReason.MachinesDisagree, where, text);
        }
        else if (!_offers.TryGetValue(key, out MachineOffer? other))
        {
            _offers.Add(key, offer);
        }
        else if (MachineOf(other) != MachineOf(offer))
        {
            _doubtful.Add(key);
            _offers.Remove(key);
            Drop(DropReason.MachinesDisagree, where, text);
        }
        else
        {
            if (other.ListPrice != offer.ListPrice || other.SpotPrice != offer.SpotPrice)
                Drop(DropReason.PricesDisagree, where, text);
            _offers[key] = other with
            {
                ListPrice = Higher(other.ListPrice, offer.ListPrice),
                SpotPrice = Higher(other.SpotPrice, offer.SpotPrice),
                AsOf = offer.AsOf < other.AsOf ? offer.AsOf : other.AsOf,
            };
        }
    }

    private static (Accelerator?, double, double, System.Runtime.InteropServices.Architecture) MachineOf(MachineOffer offer)
        => (offer.Accelerator, offer.Cpus, offer.Memory, offer.Architecture);

    private static decimal? Higher(decimal? one, decimal? other) => one is null || other > one ? other : one;
}
