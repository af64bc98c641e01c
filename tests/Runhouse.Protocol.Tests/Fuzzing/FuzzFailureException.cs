namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>A case has shown a fault.</summary>
/// <param name="message">Which case, and what.</param>
/// <param name="inner">What was thrown.</param>
internal sealed class FuzzFailureException(string message, Exception inner) : Exception(message, inner);
