using k8s.Models;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>Pods that exist already: those are chosen by labels, and neither made nor taken away. The config map of the allocation has which of them are its hosts.</summary>
/// <param name="selector">Their labels.</param>
internal sealed class BorrowedPods(string selector)
{
    /// <summary>The labels, in the config map; its absence says that the pods were made.</summary>
    public const string SelectorKey = "selector";

    /// <summary>The names of the pods, by host.</summary>
    public const string NamesKey = "names";

    /// <summary>The labels of the pods of an allocation, where they were not made for it.</summary>
    /// <param name="lease">Its config map.</param>
    public static string? SelectorOf(V1ConfigMap? lease) => lease?.Data is { } data && data.TryGetValue(SelectorKey, out string? labels) ? labels : null;

    /// <summary>Chooses a pod for each host: the one that it has, as long as that goes on, else one that is no other's, and rather one that runs.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="lease">The config map.</param>
    /// <param name="pods">The pods that have the labels.</param>
    /// <param name="others">The config maps of the owner's other clusters: the pods that they have are not free.</param>
    /// <param name="space">The namespace.</param>
    /// <returns>What the config map has to say.</returns>
    /// <exception cref="DeploymentException">There are too few.</exception>
    public Dictionary<string, string> Choose(AllocationRequest request, V1ConfigMap lease, IReadOnlyList<V1Pod> pods, IReadOnlyList<V1ConfigMap> others, string space)
    {
        if (lease.Data is { } data && data.ContainsKey(PodReading.PodsKey) && SelectorOf(lease) != selector)
            throw new DeploymentException($"Cluster '{request.Cluster}' has {(SelectorOf(lease) is { } other ? $"pods with the labels {other}" : "pods of its own")}, and Runhouse:Kubernetes:Selector is {selector}. Take it down first (runhouse down {request.Cluster}).");
        List<V1Pod> free = [.. pods.Where(static pod => PodStanding.Of(pod).State is AllocationState.Running or AllocationState.Queued)
            .OrderByDescending(static pod => PodStanding.Of(pod).State == AllocationState.Running).ThenBy(static pod => pod.Metadata.Name, StringComparer.Ordinal)];
        ILookup<string, string> taken = others.SelectMany(static other => PodReading.MadeOf(other), static (other, id) => (Id: id, Cluster: other.Data[PodReading.ClusterKey])).ToLookup(static one => one.Id, static one => one.Cluster);
        string[] holders = [.. free.SelectMany(pod => taken[pod.Metadata.Uid]).Distinct().Order(StringComparer.Ordinal)];
        free.RemoveAll(pod => taken.Contains(pod.Metadata.Uid));
        if (free.Count < request.Count)
        {
            throw new DeploymentException(
                $"Cluster '{request.Cluster}' asks for {request.Count} pods with the labels {selector} (Runhouse:Kubernetes:Selector), of which namespace {space} has {free.Count} that run or are about to{(holders.Length > 0 ? $", besides those of {string.Join(", ", holders.Select(static one => $"'{one}'"))}" : "")}. "
                + $"Apply what makes them, {(holders.Length > 0 ? $"take one of those clusters down (runhouse down {holders[0]}), " : "")}or correct the labels: kubectl get pods --namespace {space} --selector '{selector}' shows those that have them.");
        }

        string[] before = PodReading.MadeOf(lease);
        V1Pod?[] hosts = [.. Enumerable.Range(0, request.Count).Select(host => host < before.Length ? free.Find(pod => pod.Metadata.Uid == before[host]) : null)];
        free.RemoveAll(pod => hosts.Contains(pod));
        for (int host = 0; host < hosts.Length; host++)
        {
            if (hosts[host] is null)
            {
                hosts[host] = free[0];
                free.RemoveAt(0);
            }
        }

        return new Dictionary<string, string>
        {
            [SelectorKey] = selector,
            [NamesKey] = string.Join(' ', hosts.Select(static pod => pod!.Metadata.Name)),
            [PodReading.PodsKey] = string.Join(' ', hosts.Select(static pod => pod!.Metadata.Uid)),
        };
    }
}
