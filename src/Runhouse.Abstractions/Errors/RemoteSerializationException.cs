namespace Runhouse;

/// <summary>A value could not make the trip: over a limit, cyclic, malformed, or a type that the far side does not know.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class RemoteSerializationException(string message, Exception? innerException = null)
    : RemoteException(message, innerException)
{
    /// <summary>The path of the member that failed, <c>config.Optimizer.Schedule</c>; empty when the value as a whole did.</summary>
    public string MemberPath { get; init; } = "";
}
