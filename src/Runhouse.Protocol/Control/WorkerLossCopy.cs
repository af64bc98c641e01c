namespace Runhouse.Protocol.Control;

/// <summary>The loss of a worker, said again of what went with it.</summary>
public static class WorkerLossCopy
{
    /// <summary>The same loss under another message.</summary>
    /// <param name="message">What went with the worker, and what to do next.</param>
    /// <param name="lost">How the worker was lost.</param>
    public static WorkerLostException Of(string message, WorkerLostException lost)
    {
        ArgumentNullException.ThrowIfNull(lost);
        return new WorkerLostException(message, lost)
        {
            Reason = lost.Reason,
            ExitCode = lost.ExitCode,
            Signal = lost.Signal,
            MemoryPeakBytes = lost.MemoryPeakBytes,
            MemoryLimitBytes = lost.MemoryLimitBytes,
            LastOutput = lost.LastOutput,
        };
    }
}
