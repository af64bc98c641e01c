using System.Text.Json.Serialization;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>A rule of a network: what may come to the instances with a tag.</summary>
internal sealed record Firewall
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Network { get; init; }

    public string? Direction { get; init; }

    public List<AllowedTraffic>? Allowed { get; init; }

    public List<string>? SourceRanges { get; init; }

    public List<string>? TargetTags { get; init; }
}

/// <summary>A protocol and its ports.</summary>
internal sealed record AllowedTraffic([property: JsonPropertyName("IPProtocol")] string Protocol, List<string>? Ports);
