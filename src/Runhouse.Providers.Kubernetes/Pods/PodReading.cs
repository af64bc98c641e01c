using System.Globalization;
using k8s.Models;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>Reads an allocation from its config map and its pods.</summary>
/// <param name="api">The API.</param>
/// <param name="options">The configuration.</param>
internal sealed class PodReading(ApiClient api, KubernetesOptions options)
{
    /// <summary>The cluster's name, in the config map.</summary>
    public const string ClusterKey = "cluster";

    /// <summary>How many pods were asked for.</summary>
    public const string CountKey = "count";

    /// <summary>What each must have.</summary>
    public const string NeedsKey = "needs";

    /// <summary>The ids of the pods that were made, by host; its absence says that not all were.</summary>
    public const string PodsKey = "pods";

    // What became of the pod before the one that a host has: its id, the loss and the reason.
    private const string LostKey = "lost-";

    private readonly PodEvents _events = new(api);

    /// <summary>The ids of the pods that were made, by host; none when not all were.</summary>
    /// <param name="lease">The config map.</param>
    public static string[] MadeOf(V1ConfigMap? lease)
    {
        string[] made = lease?.Data is { } data && data.TryGetValue(PodsKey, out string? ids) ? ids.Split(' ') : [];
        return made.Length < CountOf(lease) ? [] : made;
    }

    /// <summary>What the config map is to say of a pod that another one takes the place of.</summary>
    /// <param name="host">Which of the hosts, from 0.</param>
    /// <param name="pod">The pod, which has ended.</param>
    /// <param name="data">Is told, where it did not end by itself.</param>
    public static void Remember(int host, V1Pod pod, IDictionary<string, string> data)
    {
        NodeStanding standing = PodStanding.Of(pod);
        if (standing.Loss is { } loss)
            data[string.Create(CultureInfo.InvariantCulture, $"{LostKey}{host}")] = $"{pod.Metadata.Uid} {loss} {standing.Reason}";
    }

    /// <summary>Whether all pods of an allocation have been there together, and some still are or are about to be: one that has ended can be made anew by itself.</summary>
    /// <param name="lease">Its config map.</param>
    /// <param name="pods">Its pods.</param>
    public static bool GoesOn(V1ConfigMap? lease, List<V1Pod> pods)
        => HasBeenWhole(lease, pods) && pods.Exists(static pod => PodStanding.Of(pod).State is AllocationState.Running or AllocationState.Queued);

    /// <summary>Reads it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="lease">Its config map; null when that is gone.</param>
    /// <param name="pods">Its pods.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<Allocation> ReadAsync(string name, V1ConfigMap? lease, List<V1Pod> pods, CancellationToken cancellationToken)
    {
        IDictionary<string, string> data = lease?.Data ?? new Dictionary<string, string>();
        V1Pod? any = pods.Count > 0 ? pods[0] : null;
        int count = CountOf(lease) ?? pods.Count;
        string[] made = MadeOf(lease);
        bool isBorrowed = BorrowedPods.SelectorOf(lease) is not null;
        string[] names = data.TryGetValue(BorrowedPods.NamesKey, out string? borrowed) ? borrowed.Split(' ') : [.. Enumerable.Range(0, count).Select(host => PodDescription.NameOf(name, host))];

        // One of the same name that somebody else has made in the meantime is another one.
        V1Pod?[] hosts = [.. names.Select((one, host) => pods.Find(pod => pod.Metadata.Name == one && (!isBorrowed || pod.Metadata.Uid == made[host])))];
        NodeStanding[] standings = lease is null || made.Length == 0 ? [] : await Task.WhenAll(hosts.Select((pod, host) => StandingAsync(names[host], pod, made[host], cancellationToken))).ConfigureAwait(false);
        NodeStanding standing = lease is null ? new NodeStanding(AllocationState.Ending, "it was taken down") { Loss = WorkerLossReason.Killed }
            : standings.Length == 0 ? new NodeStanding(AllocationState.Ended, "not all of its pods were made")
            : LeastFar(standings);
        AllocationNode[] nodes = standings.Length == 0 || (!isBorrowed && !HasBeenWhole(lease, pods)) ? [] : [.. hosts.Select((pod, host) => NodeOf(names[host], pod, made[host], standings[host], isBorrowed))];
        IDictionary<string, string> labels = lease?.Metadata.Labels ?? any?.Metadata.Labels ?? new Dictionary<string, string>();
        return new Allocation
        {
            Name = name,
            Id = lease?.Metadata.Uid ?? any?.Metadata.OwnerReferences?.FirstOrDefault()?.Uid ?? name,
            Provider = KubernetesScheduler.ProviderName,
            Owner = labels.TryGetValue(PodLabels.Owner, out string? owner) ? owner : "",
            Cluster = data.TryGetValue(ClusterKey, out string? cluster) ? cluster : labels.TryGetValue(PodLabels.Cluster, out cluster) ? cluster : "",
            State = standing.State,
            Reason = standing.Reason,
            Failure = standing.Failure,
            Loss = standing.Loss,

            // Nobody uses any before all have been there.
            IsHeld = Array.Exists(nodes, static node => node.Standing!.State == AllocationState.Running),
            Count = count,
            Nodes = nodes,
            Lost = [.. names.Select((one, host) => LostOf(one, host, data)).OfType<LostNode>()],
            Place = await api.NamespaceAsync(cancellationToken).ConfigureAwait(false),
            SubmittedAt = pods.Max(static pod => pod.Metadata.CreationTimestamp) ?? lease?.Metadata.CreationTimestamp ?? default,
            StartedAt = pods.Max(static pod => pod.Status?.StartTime),
        };
    }

    private static LostNode? LostOf(string name, int host, IDictionary<string, string> data)
        => data.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{LostKey}{host}"), out string? text) && text.Split(' ', 3) is [var id, var loss, var reason] && Enum.TryParse(loss, out WorkerLossReason parsed)
            ? new LostNode(name, id, parsed, reason)
            : null;

    private static int? CountOf(V1ConfigMap? lease)
        => lease?.Data is { } data && data.TryGetValue(CountKey, out string? text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;

    // A pod does not go back into the queue: one that waits there, and is not there for another one, has never run.
    private static bool HasBeenWhole(V1ConfigMap? lease, List<V1Pod> pods)
        => MadeOf(lease).Length > 0 && !pods.Exists(static pod => pod.GetAnnotation(PodLabels.Anew) is null && PodStanding.Of(pod).State == AllocationState.Queued);

    private async Task<NodeStanding> StandingAsync(string name, V1Pod? pod, string id, CancellationToken cancellationToken)
    {
        NodeStanding standing = pod is null ? new NodeStanding(AllocationState.Ended, $"pod {name} was deleted") : PodStanding.Of(pod);

        // What keeps its volumes from it is said by events alone, and so is who had it deleted.
        if (standing is { State: AllocationState.Queued, Failure: null } && pod?.Spec.NodeName is not null)
            return await _events.FindObstacleAsync(standing, pod, cancellationToken).ConfigureAwait(false);
        return standing is { Loss: null } && (pod is null || standing.State == AllocationState.Ending)
            ? await _events.ExplainAsync(standing, id, cancellationToken).ConfigureAwait(false)
            : standing;
    }

    // As a whole it is no further than the one that is the least far, and where one has ended it has.
    private static NodeStanding LeastFar(NodeStanding[] all)
    {
        foreach (AllocationState state in (AllocationState[])[AllocationState.Ending, AllocationState.Ended, AllocationState.Queued])
        {
            NodeStanding[] those = [.. all.Where(one => one.State == state)];
            if (those.Length > 0)
                return those.FirstOrDefault(static one => one.Failure is not null and not ProvisioningFailure.Capacity) ?? those.FirstOrDefault(static one => one.Loss is not null || one.Failure is not null) ?? those[0];
        }

        return all[0];
    }

    private AllocationNode NodeOf(string name, V1Pod? pod, string id, NodeStanding standing, bool isBorrowed)
    {
        V1Container? container = pod is null ? null : PodPlace.ContainerOf(pod);
        double? memory = container?.Resources?.Limits?.TryGetValue("memory", out ResourceQuantity? limit) == true ? limit.ToDouble() / (1L << 30) : null;
        return new AllocationNode(pod is null ? name : PodPlace.Of(pod).ToString(), isBorrowed ? "" : PodDescription.AgentFolder) { Id = pod?.Metadata.Uid ?? id, Standing = standing, Directory = options.Directory, Memory = memory };
    }
}
