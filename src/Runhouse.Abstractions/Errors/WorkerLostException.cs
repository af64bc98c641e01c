namespace Runhouse;

/// <summary>The worker ended while the call was in flight.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class WorkerLostException(string message, Exception? innerException = null) : RemoteException(message, innerException)
{
    /// <summary>Why the worker ended.</summary>
    public WorkerLossReason Reason { get; init; }

    /// <summary>The process's exit code, or null when it ended by a signal or the host could not be asked.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The number of the signal that ended the process (6 of a crash, 9 of <c>kill -9</c>), or null when none did or the host could not be asked.</summary>
    public int? Signal { get; init; }

    /// <summary>The last lines that the worker wrote.</summary>
    public EquatableList<string> LastOutput { get; init; } = [];
}
