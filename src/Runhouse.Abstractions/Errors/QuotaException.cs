namespace Runhouse;

/// <summary>The account may not have what the code needs: every place that has it says that its quota is used up.</summary>
/// <param name="message">What was needed, which quotas refused it, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class QuotaException(string message, Exception? innerException = null) : RemoteException(message, innerException)
{
    /// <summary>Every attempt to have a machine made, in order. They stay in the process that made them.</summary>
    public IReadOnlyList<ProvisioningAttempt> Attempts { get; init; } = [];
}
