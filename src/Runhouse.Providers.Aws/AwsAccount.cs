using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>Whose the credentials are. STS says it to everybody and takes no permission for it; what EC2 says of owners is another account's where a VPC is shared.</summary>
/// <param name="options">The options.</param>
/// <param name="regions">The regions.</param>
internal sealed class AwsAccount(AwsOptions options, AwsRegions regions) : IDisposable
{
    // Where EC2 alone can be reached nobody answers.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Remembered<string, string> _known = new((_, cancellationToken) => AskAsync(options, regions, cancellationToken));

    /// <summary>The number of the account, of twelve digits.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    public Task<string> GetAsync(CancellationToken cancellationToken) => _known.GetAsync("", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _known.Dispose();

    private static async Task<string> AskAsync(AwsOptions options, AwsRegions regions, CancellationToken cancellationToken)
    {
        AwsRegion home = regions.Home;
        using var client = new AmazonSecurityTokenServiceClient(options.Point(new AmazonSecurityTokenServiceConfig(), home.Name, Limit));
        GetCallerIdentityResponse caller = await home.Patience.AskAsync(token => client.GetCallerIdentityAsync(new GetCallerIdentityRequest(), token), cancellationToken).ConfigureAwait(false);
        return caller.Account;
    }
}
