namespace Runhouse;

/// <summary>The configuration of Runhouse holds an unknown key or a value that is not allowed; the message names both.</summary>
/// <param name="message">Which key, which value, where it stands, and what is allowed.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class RunhouseConfigurationException(string message, Exception? innerException = null)
    : InvalidOperationException(message, innerException);
