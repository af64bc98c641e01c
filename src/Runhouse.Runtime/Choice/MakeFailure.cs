namespace Runhouse.Runtime.Choice;

/// <summary>Why a provider has not made a machine.</summary>
/// <param name="Failure">The class, which decides what is tried next.</param>
/// <param name="Code">The provider's own code.</param>
/// <param name="Message">What the provider said.</param>
/// <param name="RetryAfter">After how long the provider wants to be asked again; null when it has not said.</param>
public sealed record MakeFailure(ProvisioningFailure Failure, string Code, string Message, TimeSpan? RetryAfter = null);
