namespace Runhouse;

/// <summary>
/// The state of a named remote object could not be taken, kept or restored. Unless the message says so, the object goes on where it is, or its state stays kept, and asking for it again tries again.
/// </summary>
/// <param name="message">Which object, what could not be done and why, where the object is now, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class SnapshotException(string message, Exception? innerException = null) : RemoteException(message, innerException);
