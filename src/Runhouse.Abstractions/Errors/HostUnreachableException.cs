namespace Runhouse;

/// <summary>No connection to the host, or none that it would accept: nobody listens, the network drops, or TLS does not match.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class HostUnreachableException(string message, Exception? innerException = null) : RemoteException(message, innerException);
