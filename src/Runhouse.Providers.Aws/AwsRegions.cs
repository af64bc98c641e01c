using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>The regions that are used: those that the options name, else all that the account has enabled.</summary>
/// <param name="options">The options.</param>
/// <param name="timing">How long EC2 is waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class AwsRegions(AwsOptions options, AwsTiming timing, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<AwsRegion>> _regions = new(StringComparer.Ordinal);

    /// <summary>The region that is asked what is the same in all.</summary>
    public AwsRegion Home => Get(options.Regions is [var first, ..] ? first : FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName ?? "us-east-1");

    /// <summary>Whether machines may be made in a region: only where they will be looked for.</summary>
    /// <param name="region">The region.</param>
    public bool Has(string region) => options.Regions.Count == 0 || options.Regions.Contains(region);

    /// <summary>A region.</summary>
    /// <param name="name">Its name.</param>
    public AwsRegion Get(string name) => _regions.GetOrAdd(name, static (name, self) => new Lazy<AwsRegion>(() => self.Make(name)), this).Value;

    /// <summary>All that are searched.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<IReadOnlyList<AwsRegion>> ListAsync(CancellationToken cancellationToken)
    {
        return options.Regions.Count > 0 ? [.. options.Regions.Select(Get)] : await ListEnabledAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All that the account has enabled, whatever the options name.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<IReadOnlyList<AwsRegion>> ListEnabledAsync(CancellationToken cancellationToken)
    {
        AwsRegion home = Home;
        DescribeRegionsResponse enabled = await home.Patience.AskAsync(token => home.Client.DescribeRegionsAsync(new DescribeRegionsRequest(), token), cancellationToken).ConfigureAwait(false);
        return [.. (enabled.Regions ?? []).Select(region => Get(region.RegionName))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<AwsRegion> region in _regions.Values.Where(static region => region.IsValueCreated))
            region.Value.Dispose();
    }

    private AwsRegion Make(string name) => new(name, options, timing, time);
}
