using System.Text.Json.Serialization;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>What a disk can be made of.</summary>
internal sealed record MachineImage
{
    public string? Name { get; init; }

    public string? SelfLink { get; init; }

    /// <summary>The smallest disk that it fits on.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
    public long? DiskSizeGb { get; init; }
}
