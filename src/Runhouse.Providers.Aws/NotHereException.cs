using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Aws;

/// <summary>A region or a zone does not have what a machine takes, as was found before EC2 was asked for it.</summary>
/// <param name="failure">The class.</param>
/// <param name="code">A code, in the form of EC2's.</param>
/// <param name="message">What is missing, and what mends it.</param>
internal sealed class NotHereException(ProvisioningFailure failure, string code, string message) : Exception(message)
{
    /// <summary>The reason why there are no machines.</summary>
    public MakeFailure Failure { get; } = new(failure, code, message);
}
