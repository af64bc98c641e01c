namespace Runhouse.Protocol.Resumption;

/// <summary>The worker no longer has the session.</summary>
/// <param name="message">What it says.</param>
internal sealed class SessionUnknownException(string message) : Exception(message);
