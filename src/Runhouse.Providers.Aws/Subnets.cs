using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>Finds the subnet of a zone that machines are put into.</summary>
internal sealed class Subnets
{
    private readonly IAmazonEC2 _client;
    private readonly Patience _patience;
    private readonly AwsOptions _options;

    public Subnets(IAmazonEC2 client, Patience patience, AwsOptions options)
        => (_client, _patience, _options, Known) = (client, patience, options, new Remembered<string, IReadOnlyList<Subnet>>((_, cancellationToken) => FindAsync(cancellationToken)));

    /// <summary>Those of the region, once they were found.</summary>
    public Remembered<string, IReadOnlyList<Subnet>> Known { get; }

    /// <summary>The subnet for machines in a zone.</summary>
    /// <param name="zone">The zone, by its id or its name; null for any one.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="NotHereException">There is none.</exception>
    public async Task<Subnet> GetAsync(string? zone, CancellationToken cancellationToken)
    {
        IReadOnlyList<Subnet> subnets = await Known.GetAsync("", cancellationToken).ConfigureAwait(false);
        if (subnets.Count == 0)
        {
            throw new NotHereException(ProvisioningFailure.Unsupported, "NoSubnet", _options.SubnetIds.Count > 0 ? "none of Runhouse:Aws:SubnetIds is in the region"
                : _options.Vpc is { } vpc ? $"{vpc}, which Runhouse:Aws:Vpc names, has no subnet in the region; name the subnets of each region in Runhouse:Aws:SubnetIds"
                : "the region has no default VPC; 'aws ec2 create-default-vpc' makes one, or name subnets in Runhouse:Aws:SubnetIds");
        }

        return subnets.Where(subnet => zone is null || subnet.AvailabilityZoneId == zone || subnet.AvailabilityZone == zone).MaxBy(static subnet => subnet.AvailableIpAddressCount)
            ?? throw new NotHereException(ProvisioningFailure.Capacity, "NoSubnetInZone", $"no subnet is in {zone}; there are some in {string.Join(", ", subnets.Select(static subnet => subnet.AvailabilityZoneId).Distinct().Order(StringComparer.Ordinal))}");
    }

    private async Task<IReadOnlyList<Subnet>> FindAsync(CancellationToken cancellationToken)
    {
        // Filters, not ids: the subnets of other regions are no error.
        var request = new DescribeSubnetsRequest
        {
            Filters =
            [
                new Filter("state", ["available"]),
                _options.SubnetIds.Count > 0 ? new Filter("subnet-id", [.. _options.SubnetIds])
                    : _options.Vpc is { } vpc ? new Filter("vpc-id", [vpc])
                    : new Filter("default-for-az", ["true"]),
            ],
        };
        var subnets = new List<Subnet>();
        do
        {
            DescribeSubnetsResponse page = await _patience.AskAsync(token => _client.DescribeSubnetsAsync(request, token), cancellationToken).ConfigureAwait(false);
            subnets.AddRange(page.Subnets ?? []);
            request.NextToken = page.NextToken;
        }
        while (request.NextToken is { Length: > 0 });
        return subnets;
    }
}
