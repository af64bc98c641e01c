using k8s.Models;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>How a pod is, in the words of an allocation: what its status says.</summary>
internal static class PodStanding
{
    // No time mends these. Of a registry that does not answer nobody knows how long it lasts, and the next call tries it again.
    private static readonly HashSet<string> Hopeless = new(StringComparer.Ordinal)
    {
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff",
    };

    /// <summary>Reads what the API says of a pod.</summary>
    /// <param name="pod">The pod.</param>
    public static NodeStanding Of(V1Pod pod)
    {
        V1ContainerStatus[] containers = [.. (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? [])];
        string own = PodPlace.ContainerOf(pod).Name;
        V1ContainerStateTerminated? ended = containers.FirstOrDefault(one => one.Name == own)?.State?.Terminated;
        if (pod.Metadata.DeletionTimestamp is not null)
            return Ending(pod, ended);
        if (pod.Status?.Phase is "Failed" or "Succeeded" || ended is not null)
            return Ended(pod, ended);
        if (pod.Status?.Phase == "Running" && containers.FirstOrDefault(one => one.Name == own)?.State?.Running is not null)
            return new NodeStanding(AllocationState.Running, "");
        if (containers.FirstOrDefault(static one => Hopeless.Contains(one.State?.Waiting?.Reason ?? "")) is { State.Waiting: var hopeless, Name: var container })
            return new NodeStanding(AllocationState.Queued, $"pod {pod.Metadata.Name}, container {container}: {Say(hopeless.Reason, hopeless.Message)}") { Failure = ProvisioningFailure.Configuration };
        if (Condition(pod, "PodScheduled") is { Status: "False" } waits)
            return new NodeStanding(AllocationState.Queued, Say(waits.Reason, waits.Message)) { Failure = ProvisioningFailure.Capacity };
        V1ContainerStateWaiting? waiting = containers.Select(static one => one.State?.Waiting).FirstOrDefault(static one => one is not null);
        return new NodeStanding(AllocationState.Queued, waiting is not null ? Say(waiting.Reason, waiting.Message) : pod.Spec.NodeName is null ? "Pending" : "ContainerCreating");
    }

    /// <summary>What became of the workers, by a reason as kubelets, schedulers and events have it.</summary>
    /// <param name="reason">The reason.</param>
    public static WorkerLossReason? LossOf(string? reason) => reason switch
    {
        "OOMKilled" => WorkerLossReason.OutOfMemory,

        // Of Kueue, for a workload that goes before; it evicts for other reasons as well.
        "WorkloadEvictedDueToPreempted" or
        "Preempted" or "Preempting" or "PreemptionByScheduler" or "PreemptionByKubeScheduler" => WorkerLossReason.Preempted,
        "Evicted" or "DeadlineExceeded" or "NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated" or "EvictionByEvictionAPI" or "TerminationByKubelet"
            or "WorkloadEvicted" or "DeletionByTaintManager" or "DeletionByPodGC" or "TaintManagerEviction" => WorkerLossReason.Evicted,
        _ => reason?.StartsWith("WorkloadEvictedDueTo", StringComparison.Ordinal) == true ? WorkerLossReason.Evicted : null,
    };

    // Somebody has had it deleted: that its processes ended well for it says nothing.
    private static NodeStanding Ending(V1Pod pod, V1ContainerStateTerminated? ended)
    {
        // Said by Kubernetes itself, or by Kueue.
        V1PodCondition? target = Condition(pod, "DisruptionTarget") ?? Condition(pod, "TerminationTarget");
        if (target is not null)
            return new NodeStanding(AllocationState.Ending, Say(target.Reason, target.Message)) { Loss = LossOf(target.Reason) };
        string? reason = LossOf(ended?.Reason) is not null ? ended!.Reason : pod.Status?.Reason;
        return new NodeStanding(AllocationState.Ending, Say(reason ?? $"pod {pod.Metadata.Name} is being deleted", pod.Status?.Message)) { Loss = LossOf(reason) };
    }

    private static NodeStanding Ended(V1Pod pod, V1ContainerStateTerminated? ended)
    {
        bool isWell = pod.Status?.Phase == "Succeeded" || (ended?.ExitCode == 0 && pod.Status?.Reason is null);

        // The pod's own reason says more than that its container was killed; of memory, the container's does.
        string? reason = ended?.Reason == "OOMKilled" ? ended.Reason : pod.Status?.Reason ?? ended?.Reason;
        string? message = pod.Status?.Message ?? ended?.Message;
        if (message is null && ended is { ExitCode: not 0, Reason: not "OOMKilled" })
            message = $"exit code {ended.ExitCode}";
        return new NodeStanding(AllocationState.Ended, Say(reason ?? pod.Status?.Phase, message))
        {
            Failure = reason switch
            {
                "StartError" or "ContainerCannotRun" => ProvisioningFailure.Configuration,
                "Evicted" or "Preempting" or "NodeLost" or "DeadlineExceeded" => ProvisioningFailure.Capacity,
                _ => null,
            },
            Loss = isWell ? null : LossOf(reason) ?? LossOf(Condition(pod, "DisruptionTarget")?.Reason) ?? (pod.Status?.Reason is null && ended is not null ? WorkerLossReason.Killed : WorkerLossReason.Evicted),
        };
    }

    private static V1PodCondition? Condition(V1Pod pod, string type) => pod.Status?.Conditions?.FirstOrDefault(one => one.Type == type && (type == "PodScheduled" || one.Status == "True"));

    private static string Say(string? reason, string? message)
        => string.IsNullOrWhiteSpace(message) ? reason ?? "" : string.IsNullOrWhiteSpace(reason) ? message.Trim() : $"{reason}: {message.Trim()}";
}
