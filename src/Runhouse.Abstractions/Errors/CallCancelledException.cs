namespace Runhouse;

/// <summary>
/// Somebody else than the call's own caller cancelled the call by its id: <c>Cluster.CancelAsync</c>, <c>RemoteCall.CancelAsync</c> or <c>runhouse cancel</c>.
/// What it has done by then stays done.
/// </summary>
/// <param name="message">Which call was cancelled, by whom, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class CallCancelledException(string message, Exception? innerException = null) : OperationCanceledException(message, innerException)
{
    /// <summary>Who cancelled it: user, machine and process; empty when that is not known.</summary>
    public string CancelledBy { get; init; } = "";
}
