namespace Runhouse.Cli.Output;

/// <summary>An instance type in a region that would do, and what it costs.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Region">The region.</param>
/// <param name="Zone">The zone that is tried first; null where the provider chooses.</param>
/// <param name="Zones">In how many zones it is tried.</param>
/// <param name="InstanceType">The type.</param>
/// <param name="Accelerator">Its accelerators' name; null for none.</param>
/// <param name="AcceleratorCount">How many it has.</param>
/// <param name="AcceleratorMemory">The memory of each in GiB.</param>
/// <param name="Cpus">Its cores.</param>
/// <param name="Memory">Its memory in GiB.</param>
/// <param name="IsSpot">Whether it is a spot machine.</param>
/// <param name="PriceAnHour">Its price in US dollars an hour; null when it is not known.</param>
/// <param name="Cost">Its price for the hours that were asked for.</param>
/// <param name="ListPrice">The on-demand price.</param>
/// <param name="SpotPrice">The lowest spot price that is known in the region.</param>
/// <param name="AsOf">The day of the prices.</param>
/// <param name="Source">Where they were read.</param>
internal sealed record CostEntry(
    string Provider, string Region, string? Zone, int Zones, string InstanceType, string? Accelerator, int? AcceleratorCount, double? AcceleratorMemory, double Cpus, double Memory, bool IsSpot, decimal? PriceAnHour,
    decimal? Cost, decimal? ListPrice, decimal? SpotPrice, DateOnly AsOf, string Source);

/// <summary>Where the catalogue comes from.</summary>
/// <param name="Lists">Its lists.</param>
/// <param name="Dropped">What in them is not believed.</param>
/// <param name="OverridesFile">The file of the overrides.</param>
/// <param name="Overrides">What they change.</param>
internal sealed record CatalogStatus(IReadOnlyList<CatalogueList> Lists, IReadOnlyList<DroppedEntry> Dropped, string OverridesFile, IReadOnlyList<string> Overrides);
