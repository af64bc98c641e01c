namespace Runhouse;

/// <summary>A machine that would do, in one place, bought in one way.</summary>
/// <param name="Offer">The machine, with the zone to ask in; null there for any zone of the region.</param>
/// <param name="IsSpot">Whether it is a spot machine.</param>
public sealed record Candidate(MachineOffer Offer, bool IsSpot)
{
    /// <summary>What it costs, in US dollars an hour; null when that is not known.</summary>
    public decimal? Price => IsSpot ? Offer.SpotPrice : Offer.ListPrice;

    /// <inheritdoc/>
    public override string ToString() => $"{Offer.InstanceType}{(IsSpot ? " (spot)" : "")} in {Offer.Zone ?? Offer.Region} ({Offer.Provider})";
}
