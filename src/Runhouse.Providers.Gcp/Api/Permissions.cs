namespace Runhouse.Providers.Gcp.Api;

/// <summary>Permissions that are asked about, or that somebody has.</summary>
internal sealed record PermissionList(IReadOnlyList<string>? Permissions);
