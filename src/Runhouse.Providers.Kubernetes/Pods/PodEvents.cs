using k8s;
using k8s.Models;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>What the API's events say of pods that are gone, or about to be.</summary>
/// <param name="api">The API.</param>
internal sealed class PodEvents(ApiClient api)
{
    /// <summary>Adds who ended a pod, where an event says so. Somebody did in any case, and not who uses it: a drain is no more than that where the API is older than 1.26.</summary>
    /// <param name="standing">How the pod is.</param>
    /// <param name="id">The pod's id.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<NodeStanding> ExplainAsync(NodeStanding standing, string id, CancellationToken cancellationToken)
    {
        IList<Corev1Event> events = await OfAsync(id, cancellationToken).ConfigureAwait(false);
        Corev1Event? last = events.Where(static one => PodStanding.LossOf(one.Reason) is not null).MaxBy(static one => one.LastTimestamp ?? one.EventTime);
        return last is null
            ? standing with { Loss = WorkerLossReason.Evicted }
            : standing with { Loss = PodStanding.LossOf(last.Reason), Reason = $"{last.Reason}: {last.Message}" };
    }

    /// <summary>Adds what keeps the containers of a pod from being made that has its node: a volume or a network that is not there. Of what is not found no waiting makes anything.</summary>
    /// <param name="standing">How the pod is.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    public async Task<NodeStanding> FindObstacleAsync(NodeStanding standing, V1Pod pod, CancellationToken cancellationToken)
    {
        IList<Corev1Event> events = await OfAsync(pod.Metadata.Uid, cancellationToken).ConfigureAwait(false);
        Corev1Event? last = events.Where(static one => one.Reason is "FailedMount" or "FailedAttachVolume" or "FailedMapVolume" or "FailedCreatePodSandBox").MaxBy(static one => one.LastTimestamp ?? one.EventTime);
        return last is null ? standing : standing with
        {
            Reason = $"pod {pod.Metadata.Name}: {last.Reason}: {last.Message}",
            Failure = last.Reason == "FailedMount" && last.Message?.EndsWith(" not found", StringComparison.Ordinal) == true ? ProvisioningFailure.Configuration : null,
        };
    }

    private async Task<IList<Corev1Event>> OfAsync(string id, CancellationToken cancellationToken) => (await api.AskAsync(
        "list events",
        (client, space) => client.CoreV1.ListNamespacedEventAsync(space, fieldSelector: $"involvedObject.uid={id}", cancellationToken: cancellationToken),
        cancellationToken).ConfigureAwait(false)).Items;
}
