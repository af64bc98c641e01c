namespace Runhouse;

/// <summary>What the disks of stopped machines of a cluster cost: about, by one price for each cloud.</summary>
/// <param name="Machine">What each machine is, which costs nothing while it is stopped.</param>
/// <param name="Count">How many there are.</param>
/// <param name="DiskSize">The size of each one's disk in GiB.</param>
/// <param name="Since">Since when they are known to have stopped.</param>
public sealed record StoppedCost(Candidate Machine, int Count, int DiskSize, DateTimeOffset Since)
{
    /// <summary>What the disks of all of them cost in a month, in US dollars, about; null when the price is not known.</summary>
    public decimal? AMonth => Runtime.Catalogue.DiskPrices.AMonth(Machine.Offer.Provider, DiskSize) * Count;
}
