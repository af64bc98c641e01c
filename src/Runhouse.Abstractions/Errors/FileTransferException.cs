namespace Runhouse;

/// <summary>A file, a folder or a value could not be copied to or from a host.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class FileTransferException(string message, Exception? innerException = null) : RemoteException(message, innerException);
