namespace Runhouse;

/// <summary>The deadline of a remote call passed. The call has been ended on both sides.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class RemoteTimeoutException(string message, Exception? innerException = null) : TimeoutException(message, innerException);
