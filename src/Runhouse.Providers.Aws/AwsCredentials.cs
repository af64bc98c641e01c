using Amazon;
using Amazon.EC2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;

namespace Runhouse.Providers.Aws;

/// <summary>Looks for credentials where AWS' SDK does. EC2 is not asked whether they are good.</summary>
internal static class AwsCredentials
{
    /// <summary>What to do where there are none.</summary>
    public const string Remedy = "Set AWS_PROFILE or Runhouse:Aws:Profile, or run 'aws configure' or 'aws sso login'.";

    // Off AWS' own machines nothing answers at the place where theirs are, and the SDK waits for it.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Why there are none; null when there are.</summary>
    /// <param name="options">The options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public static async Task<string?> FindObstacleAsync(AwsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            // Some of the places are asked without a way to stop.
            await Task.Run(() => ResolveAsync(options), cancellationToken).WaitAsync(Limit, time, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
        {
            // The SDK's list of all places where it has looked says nothing that the remedy does not.
            string reason = AwsFault.Innermost(exception).TrimEnd('.');
            return reason.Contains('\n', StringComparison.Ordinal) ? $"There are no credentials. {Remedy}" : $"There are no credentials: {reason}. {Remedy}";
        }
    }

    private static async Task ResolveAsync(AwsOptions options)
    {
        var config = new AmazonEC2Config();
        if (options.Profile is { } profile)
            config.Profile = new Profile(profile);
        AWSCredentials credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(config).ConfigureAwait(false);
        await credentials.GetCredentialsAsync().ConfigureAwait(false);
    }
}
