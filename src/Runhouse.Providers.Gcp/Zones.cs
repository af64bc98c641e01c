using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>The zones that the project may use.</summary>
internal sealed class Zones
{
    private readonly IComputeApi _api;
    private readonly Patience _patience;

    public Zones(IComputeApi api, Patience patience) => (_api, _patience, Known) = (api, patience, new Remembered<string, IReadOnlyList<Zone>>((_, cancellationToken) => ListAsync(cancellationToken)));

    /// <summary>Those that were found.</summary>
    public Remembered<string, IReadOnlyList<Zone>> Known { get; }

    /// <summary>The zones of a region that are up, in order.</summary>
    /// <param name="region">The region.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<IReadOnlyList<string>> OfAsync(string region, CancellationToken cancellationToken)
    {
        IReadOnlyList<Zone> zones = await Known.GetAsync("", cancellationToken).ConfigureAwait(false);
        return [.. zones.Where(zone => zone.Region?.Split('/')[^1] == region && zone.Status != "DOWN").Select(static zone => zone.Name).Order(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<Zone>> ListAsync(CancellationToken cancellationToken)
    {
        var zones = new List<Zone>();
        string? next = null;
        do
        {
            string? token = next;
            ZonePage page = await _patience.AskAsync(stop => _api.ListZonesAsync(token, stop), cancellationToken).ConfigureAwait(false);
            zones.AddRange(page.Items ?? []);
            next = page.NextPageToken;
        }
        while (next is { Length: > 0 });
        return zones;
    }
}
