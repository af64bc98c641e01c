namespace Runhouse;

/// <summary>
/// As much is in flight as this side of the connection, or the worker with all its callers, takes: calls, or bytes of arguments and results.
/// Unless the message says so, the call did not run: wait until others have ended, and call again.
/// </summary>
/// <param name="message">Which limit it is, how much is in flight, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class OverloadedException(string message, Exception? innerException = null) : RemoteException(message, innerException);
