namespace Runhouse;

/// <summary>Nothing that could be had has what the code needs: its accelerator, cores or memory.</summary>
/// <param name="message">What was needed, what was tried, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class CapacityException(string message, Exception? innerException = null) : RemoteException(message, innerException)
{
    /// <summary>Every attempt to have a machine made, in order; empty where none was made. They stay in the process that made them.</summary>
    public IReadOnlyList<ProvisioningAttempt> Attempts { get; init; } = [];
}
