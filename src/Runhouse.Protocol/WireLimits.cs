using System.Text.Json.Serialization;

namespace Runhouse.Protocol;

/// <summary>What either side accepts. Checked when writing, so that the error names the member, and again when reading.</summary>
public sealed record WireLimits
{
    /// <summary>The default limits.</summary>
    public WireLimits()
    {
    }

    /// <summary>For JSON: generated readers assign every init member, and the ones left out would be zero but for these defaults.</summary>
    [JsonConstructor]
    internal WireLimits(
        int maxDepth = 256, long maxBodyBytes = 1L << 30, int maxCount = 1 << 28, int maxFrameBytes = 64 * 1024, int maxCallsInFlight = 65_536)
        => (MaxDepth, MaxBodyBytes, MaxCount, MaxFrameBytes, MaxCallsInFlight) = (maxDepth, maxBodyBytes, maxCount, maxFrameBytes, maxCallsInFlight);

    /// <summary>The limits when none are set.</summary>
    public static WireLimits Default { get; } = new();

    /// <summary>The deepest nesting of objects and collections in one value.</summary>
    public int MaxDepth { get; init; } = 256;

    /// <summary>The largest body of one call, result or stream item, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 1L << 30;

    /// <summary>The largest number of items that a collection's header may announce.</summary>
    public int MaxCount { get; init; } = 1 << 28;

    /// <summary>The largest payload of one frame, in bytes; a larger body travels in several frames.</summary>
    public int MaxFrameBytes { get; init; } = 64 * 1024;

    /// <summary>The most calls in flight on one connection.</summary>
    public int MaxCallsInFlight { get; init; } = 65_536;
}
