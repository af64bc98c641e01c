namespace Runhouse;

/// <summary>A remote object with this name exists already.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class NameInUseException(string message, Exception? innerException = null) : RemoteException(message, innerException);
