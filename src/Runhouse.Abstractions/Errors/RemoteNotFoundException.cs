namespace Runhouse;

/// <summary>The object, type or method that was asked for does not exist on the far side; the message lists near names.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class RemoteNotFoundException(string message, Exception? innerException = null) : RemoteException(message, innerException);
