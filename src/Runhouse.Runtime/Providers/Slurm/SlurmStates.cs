using Runhouse.Runtime.Allocations;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>What Slurm's states and reasons of jobs mean for an allocation. The names are those of Slurm's manual, <c>squeue(1)</c>, "JOB STATE CODES" and "JOB REASON CODES".</summary>
internal static class SlurmStates
{
    /// <summary>A job that keeps its nodes until it has cleaned up there.</summary>
    private const string Completing = "COMPLETING";

    /// <summary>How far it has come.</summary>
    /// <param name="job">The job.</param>
    public static AllocationState StateOf(SlurmJob job) => job.State switch
    {
        "RUNNING" or "SIGNALING" or "RESIZING" => AllocationState.Running,
        Completing or "STAGE_OUT" or "STOPPED" => AllocationState.Ending,

        // One that is suspended has its nodes, and nothing goes on there until it is resumed.
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_FED" or "REQUEUE_HOLD" or "RESV_DEL_HOLD" or "SPECIAL_EXIT" or "SUSPENDED" => AllocationState.Queued,
        _ => AllocationState.Ended,
    };

    /// <summary>Whether it has nodes and may go on there, also one that is suspended.</summary>
    /// <param name="job">The job.</param>
    public static bool HasNodes(SlurmJob job) => StateOf(job) == AllocationState.Running || job.State == "SUSPENDED";

    /// <summary>State and reason, for people.</summary>
    /// <param name="job">The job.</param>
    public static string Describe(SlurmJob job) => job.IsPreempted ? $"{job.State}: preempted" : job.Reason is "None" or "" ? job.State : $"{job.State}: {job.Reason}";

    /// <summary>The class of what keeps a job from its nodes, or has ended it.</summary>
    /// <param name="job">The job.</param>
    public static ProvisioningFailure? FailureOf(SlurmJob job) => StateOf(job) switch
    {
        AllocationState.Queued => FailureOf(job.Reason),
        AllocationState.Ended => job.State switch
        {
            "FAILED" => ProvisioningFailure.Configuration,
            "COMPLETED" when job.IsPreempted => ProvisioningFailure.Capacity,
            "NODE_FAIL" or "BOOT_FAIL" or "PREEMPTED" or "OUT_OF_MEMORY" or "TIMEOUT" or "DEADLINE" or "REVOKED" => ProvisioningFailure.Capacity,
            _ => null,
        },
        _ => null,
    };

    /// <summary>What became of the workers on its nodes; null for one that goes on, or is being ended for what Slurm says only afterwards.</summary>
    /// <param name="job">The job.</param>
    public static WorkerLossReason? LossOf(SlurmJob job) => job.State switch
    {
        Completing when job.IsPreempted => WorkerLossReason.Preempted,
        Completing when job.Reason is "TimeLimit" or "DeadLine" or "NodeDown" => WorkerLossReason.Evicted,
        _ when StateOf(job) != AllocationState.Ended => null,
        "PREEMPTED" => WorkerLossReason.Preempted,
        "COMPLETED" when job.IsPreempted => WorkerLossReason.Preempted,
        "OUT_OF_MEMORY" => WorkerLossReason.OutOfMemory,
        "CANCELLED" => WorkerLossReason.Killed,
        "TIMEOUT" or "DEADLINE" or "NODE_FAIL" or "BOOT_FAIL" or "REVOKED" => WorkerLossReason.Evicted,
        _ => WorkerLossReason.Unknown,
    };

    // What no waiting mends; a limit of the user or of others passes when other jobs end.
    private static ProvisioningFailure? FailureOf(string reason) => reason.Split(',', ' ')[0] switch
    {
        "BadConstraints" or "PartitionConfig" or "PartitionNodeLimit" or "PartitionTimeLimit" or "NodeDown:NeverAvailable" => ProvisioningFailure.Unsupported,
        "DependencyNeverSatisfied" or "DeadLine" or "ReservationDeleted" or "InvalidReservation" => ProvisioningFailure.Configuration,
        "AccountNotAllowed" or "InvalidAccount" or "InvalidQOS" or "QOSNotAllowed" or "Prolog" => ProvisioningFailure.Authentication,
        { } limit when limit.StartsWith("Assoc", StringComparison.Ordinal) || limit.StartsWith("QOS", StringComparison.Ordinal) || limit.StartsWith("MaxJobsPer", StringComparison.Ordinal)
            => ProvisioningFailure.Quota,
        _ => null,
    };
}
