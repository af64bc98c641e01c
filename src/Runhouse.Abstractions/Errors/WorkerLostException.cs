namespace Runhouse;

/// <summary>The worker ended while the call was in flight.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class WorkerLostException(string message, Exception? innerException = null) : RemoteException(message, innerException)
{
    /// <summary>Why the worker ended.</summary>
    public WorkerLossReason Reason { get; init; } = WorkerLossReason.Unknown;

    /// <summary>The process's exit code, or null when it ended by a signal or the host could not be asked.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of the signal that ended the process (6 of a crash, 9 of <c>kill -9</c>), or null when none did or the host could not be asked.</summary>
    public int? Signal { get; init; }

    /// <summary>The most memory that the worker and its child processes had at once, in bytes; null when it is not known: only workers with a limit are measured.</summary>
    public long? MemoryPeakBytes { get; init; }

    /// <summary>The memory that the worker might have, in bytes, of <c>Memory = "2"</c>; null when it had no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>The last lines that the worker wrote.</summary>
    public EquatableList<string> LastOutput { get; init; } = [];

    /// <summary>
    /// Whether a call failed for want of memory: its worker was lost for it, as it ran or before it served, or the managed heap was at its limit and the code got an <see cref="OutOfMemoryException"/>. More
    /// memory may help, where it was not only a single object that is too large for the runtime.
    /// </summary>
    /// <param name="error">What the call failed with.</param>
    public static bool IsOutOfMemory(Exception error) => error is OutOfMemoryException or WorkerLostException { Reason: WorkerLossReason.OutOfMemory }
        or DeploymentException { InnerException: WorkerLostException { Reason: WorkerLossReason.OutOfMemory } };
}
