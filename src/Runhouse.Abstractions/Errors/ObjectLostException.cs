namespace Runhouse;

/// <summary>
/// There was a remote object of that name, and it is gone with what held it: its worker ended, or its host was restarted, and its state was not kept. The host remembers that for seven days.
/// </summary>
/// <param name="message">Which object, when and by what it was lost, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class ObjectLostException(string message, Exception? innerException = null) : RemoteException(message, innerException);
