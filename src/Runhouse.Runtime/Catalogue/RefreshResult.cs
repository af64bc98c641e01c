namespace Runhouse;

/// <summary>What a refresh of the catalogue has brought.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="File">The file that has its list now.</param>
/// <param name="Offers">How many offers were read.</param>
/// <param name="Regions">Their regions.</param>
/// <param name="AsOf">The day of their prices.</param>
/// <param name="Dropped">What is not believed.</param>
public sealed record RefreshResult(string Provider, string File, int Offers, IReadOnlyList<string> Regions, DateOnly AsOf, IReadOnlyList<DroppedEntry> Dropped);
