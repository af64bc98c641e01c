namespace Runhouse.Providers.Gcp.Api;

/// <summary>A page of zones.</summary>
internal sealed record ZonePage(List<Zone>? Items, string? NextPageToken);

/// <summary>A zone.</summary>
internal sealed record Zone(string Name, string? Region, string? Status);
