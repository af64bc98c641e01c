using System.Text.Json.Serialization;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>A disk of its own, as it is asked for and as there is one.</summary>
internal sealed record Disk
{
    public required string Name { get; init; }

    public string? Zone { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
    public long? SizeGb { get; init; }

    public string? Type { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>The instances that have it.</summary>
    public List<string>? Users { get; init; }
}

/// <summary>A page of disks, by the places that they are in.</summary>
internal sealed record DiskPage(Dictionary<string, DiskScope>? Items, string? NextPageToken, List<string>? Unreachables);

/// <summary>The disks in one place.</summary>
internal sealed record DiskScope(List<Disk>? Disks);
