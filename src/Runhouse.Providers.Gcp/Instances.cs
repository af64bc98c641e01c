using System.Globalization;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Looks for machines by their labels.</summary>
/// <param name="api">The API.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="options">The options.</param>
internal sealed class Instances(IComputeApi api, Patience patience, GcpOptions options)
{
    /// <summary>The label that says which one of its lease's machines it is.</summary>
    public const string IndexLabel = "runhouse-index";

    /// <summary>The metadata that has the cluster's name as it is: a label may not have all that a name may.</summary>
    public const string ClusterKey = "runhouse-cluster";

    /// <summary>Those of an owner, of all leases.</summary>
    /// <param name="owner">The owner; null for all that carry a lease's label.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public Task<IReadOnlyList<Instance>> OfOwnerAsync(string? owner, CancellationToken cancellationToken)
        => ListAsync(owner is null ? $"labels.{MachineTags.Lease}:*" : $"labels.{MachineTags.Owner}={Labels.ValueOf(owner)}", region: null, cancellationToken);

    /// <summary>Those of a lease.</summary>
    /// <param name="region">The region.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public Task<IReadOnlyList<Instance>> OfLeaseAsync(string region, string lease, CancellationToken cancellationToken)
        => ListAsync($"labels.{MachineTags.Lease}={Labels.ValueOf(lease)}", region, cancellationToken);

    /// <summary>A machine in our words.</summary>
    /// <param name="instance">The machine.</param>
    public LeasedMachine ToMachine(Instance instance)
    {
        string zone = LastOf(instance.Zone);
        return new LeasedMachine
        {
            Provider = "gcp",
            Region = RegionOf(zone),
            Zone = zone,
            Id = instance.Name ?? "",
            InstanceType = LastOf(instance.MachineType),
            IsSpot = instance.Scheduling?.ProvisioningModel == "SPOT",
            State = StateOf(instance),
            Address = AddressOf(instance),
            StartedAt = instance.CreationTimestamp ?? default,
            Index = int.TryParse(LabelOf(instance, IndexLabel), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : 0,
            Owner = LabelOf(instance, MachineTags.Owner),
            Cluster = instance.Metadata?.Items?.Find(static item => item.Key == ClusterKey)?.Value ?? LabelOf(instance, MachineTags.Cluster),
            Lease = LabelOf(instance, MachineTags.Lease),
        };
    }

    /// <summary>The state of a machine.</summary>
    /// <param name="instance">The machine.</param>
    public static MachineState StateOf(Instance instance) => instance.Status switch
    {
        "PENDING" or "PROVISIONING" or "STAGING" or "REPAIRING" => MachineState.Starting,
        "RUNNING" => MachineState.Running,
        "STOPPING" or "SUSPENDING" => MachineState.Stopping,
        "STOPPED" or "SUSPENDED" or "TERMINATED" => MachineState.Stopped,
        _ => MachineState.Ending,
    };

    /// <summary>The address where a machine is reached; null while it has none.</summary>
    /// <param name="instance">The machine.</param>
    public string? AddressOf(Instance instance)
    {
        NetworkInterface? first = instance.NetworkInterfaces?.FirstOrDefault();
        return (options.UsePrivateAddress ? first?.NetworkAddress : first?.AccessConfigs?.FirstOrDefault()?.PublicAddress) is { Length: > 0 } address ? address : null;
    }

    /// <summary>The value of a machine's label; empty when it has none.</summary>
    /// <param name="instance">The machine.</param>
    /// <param name="key">The label.</param>
    public static string LabelOf(Instance instance, string key) => instance.Labels?.GetValueOrDefault(key) ?? "";

    // us-central1-a is in us-central1.
    private static string RegionOf(string zone) => zone.LastIndexOf('-') is > 0 and var end ? zone[..end] : zone;

    private static string LastOf(string? path) => path?.Split('/')[^1] ?? "";

    private async Task<IReadOnlyList<Instance>> ListAsync(string filter, string? region, CancellationToken cancellationToken)
    {
        var found = new List<Instance>();
        string? next = null;
        do
        {
            string? token = next;
            InstancePage page = await patience.AskAsync(stop => api.ListInstancesAsync(filter, token, stop), cancellationToken).ConfigureAwait(false);

            // A zone that does not answer may have machines: none of them is not the answer.
            string[] silent = [.. Unreachable(page).Select(LastOf).Where(zone => region is null || RegionOf(zone) == region).Distinct().Order(StringComparer.Ordinal)];
            if (silent.Length > 0)
                throw new ComputeException(503, "UNREACHABLE", $"{string.Join(", ", silent)} did not answer");
            found.AddRange((page.Items ?? []).Values.SelectMany(static scope => scope.Instances ?? []).Where(one => region is null || RegionOf(LastOf(one.Zone)) == region));
            next = page.NextPageToken;
        }
        while (next is { Length: > 0 });
        return found;
    }

    private static IEnumerable<string> Unreachable(InstancePage page)
        => (page.Unreachables ?? []).Concat((page.Items ?? []).Where(static scope => scope.Value.Warning?.Code == "UNREACHABLE").Select(static scope => scope.Key));
}
