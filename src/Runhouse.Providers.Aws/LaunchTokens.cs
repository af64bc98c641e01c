using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>
/// The tokens of create calls. EC2 answers a token that it knows with the machines that were made under it, also when they are gone: after an undoing, the same request has
/// another token.
/// </summary>
internal sealed class LaunchTokens
{
    private readonly ConcurrentDictionary<string, int> _undone = new(StringComparer.Ordinal);

    /// <summary>The token of a request for a candidate.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidate">The candidate.</param>
    public string Of(LeaseRequest request, Candidate candidate)
    {
        string key = KeyOf(request, candidate);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{key} {_undone.GetValueOrDefault(key)}")));

        // EC2 takes 64 characters.
        return $"runhouse-{Convert.ToHexStringLower(hash)[..40]}";
    }

    /// <summary>Says that what was made under a token was undone, or is gone.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidate">The candidate.</param>
    public void Renew(LeaseRequest request, Candidate candidate) => _undone.AddOrUpdate(KeyOf(request, candidate), 1, static (_, count) => count + 1);

    private static string KeyOf(LeaseRequest request, Candidate candidate)
        => $"{request.Token} {candidate.Offer.Region} {candidate.Offer.Zone} {candidate.Offer.InstanceType} {candidate.IsSpot}";
}
