using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Gcp;

/// <summary>A place does not have what a machine takes, or the machine is not there any more, as was found without a refusal of the API.</summary>
/// <param name="failure">The class.</param>
/// <param name="code">A code of ours.</param>
/// <param name="message">What is missing, and what mends it.</param>
internal sealed class NotHereException(ProvisioningFailure failure, string code, string message) : Exception(message)
{
    /// <summary>The reason why there are no machines.</summary>
    public MakeFailure Failure { get; } = new(failure, code, message);
}
