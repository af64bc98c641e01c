using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>Looks for machines of a region. Always by filters: an id that is not known yet, or not any more, is left out of such an answer, where it would be an error by itself.</summary>
/// <param name="client">EC2's client.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="region">The region.</param>
internal sealed class Instances(IAmazonEC2 client, Patience patience, string region)
{
    // EC2's limits, of values in a filter and of results in a page.
    private const int LargestFilter = 200;
    private const int LargestPage = 1000;

    private static readonly Filter NotGone = new("instance-state-name", ["pending", "running", "stopping", "stopped", "shutting-down"]);

    /// <summary>Those of an owner, of all leases.</summary>
    /// <param name="owner">The owner; null for all that carry a lease's tag.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public Task<IReadOnlyList<Instance>> OfOwnerAsync(string? owner, CancellationToken cancellationToken)
        => ListAsync([owner is null ? new Filter("tag-key", [MachineTags.Lease]) : new Filter($"tag:{MachineTags.Owner}", [owner]), NotGone], cancellationToken);

    /// <summary>Those of a lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public Task<IReadOnlyList<Instance>> OfLeaseAsync(string lease, CancellationToken cancellationToken) => ListAsync([new Filter($"tag:{MachineTags.Lease}", [lease]), NotGone], cancellationToken);

    /// <summary>Those that a create call with a token has made, also when they are gone.</summary>
    /// <param name="token">The token.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public Task<IReadOnlyList<Instance>> OfTokenAsync(string token, CancellationToken cancellationToken) => ListAsync([new Filter("client-token", [token])], cancellationToken);

    /// <summary>Those with ids, also when they are gone; the ones that EC2 does not know, or not yet, are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<Instance>> WithIdsAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var found = new List<Instance>();
        foreach (string[] some in ids.Chunk(LargestFilter))
            found.AddRange(await ListAsync([new Filter("instance-id", [.. some])], cancellationToken).ConfigureAwait(false));
        return found;
    }

    /// <summary>A machine in our words.</summary>
    /// <param name="instance">The machine.</param>
    /// <param name="isPrivate">Whether it is reached by its address within the VPC.</param>
    public LeasedMachine ToMachine(Instance instance, bool isPrivate) => new()
    {
        Provider = "aws",
        Region = region,
        Zone = instance.Placement?.AvailabilityZoneId ?? instance.Placement?.AvailabilityZone ?? region,
        Id = instance.InstanceId,
        InstanceType = instance.InstanceType.Value,
        IsSpot = instance.InstanceLifecycle == InstanceLifecycleType.Spot,
        State = StateOf(instance),
        Address = AddressOf(instance, isPrivate),
        StartedAt = instance.LaunchTime is { } started ? new DateTimeOffset(started.ToUniversalTime()) : default,
        Index = instance.AmiLaunchIndex ?? 0,
        Owner = TagOf(instance, MachineTags.Owner),
        Cluster = TagOf(instance, MachineTags.Cluster),
        Lease = TagOf(instance, MachineTags.Lease),
    };

    /// <summary>The address where a machine is reached; null while it has none.</summary>
    /// <param name="instance">The machine.</param>
    /// <param name="isPrivate">Whether it is reached by its address within the VPC.</param>
    public static string? AddressOf(Instance instance, bool isPrivate)
        => (isPrivate ? instance.PrivateIpAddress : instance.PublicIpAddress) is { Length: > 0 } address ? address : null;

    private static MachineState StateOf(Instance instance) => instance.State?.Name?.Value switch
    {
        "pending" => MachineState.Starting,
        "running" => MachineState.Running,
        "stopping" => MachineState.Stopping,
        "stopped" => MachineState.Stopped,
        _ => MachineState.Ending,
    };

    private static string TagOf(Instance instance, string key) => instance.Tags?.FirstOrDefault(tag => tag.Key == key)?.Value ?? "";

    private async Task<IReadOnlyList<Instance>> ListAsync(List<Filter> filters, CancellationToken cancellationToken)
    {
        var request = new DescribeInstancesRequest { Filters = filters, MaxResults = LargestPage };
        var instances = new List<Instance>();
        do
        {
            DescribeInstancesResponse page = await patience.AskAsync(token => client.DescribeInstancesAsync(request, token), cancellationToken).ConfigureAwait(false);
            instances.AddRange((page.Reservations ?? []).SelectMany(static reservation => reservation.Instances ?? []));
            request.NextToken = page.NextToken;
        }
        while (request.NextToken is { Length: > 0 });
        return instances;
    }
}
