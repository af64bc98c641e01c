namespace Runhouse;

/// <summary>The host refused the token, or a provider refused the credentials.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class CredentialsException(string message, Exception? innerException = null) : RemoteException(message, innerException);
