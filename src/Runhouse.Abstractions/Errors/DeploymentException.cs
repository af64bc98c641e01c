namespace Runhouse;

/// <summary>The application's files could not be brought to the host, or the deployed version did not start.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class DeploymentException(string message, Exception? innerException = null) : RemoteException(message, innerException);
