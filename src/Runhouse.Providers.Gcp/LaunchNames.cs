using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>
/// The names of machines and the ids of the requests that make them. Both follow from what is asked for, so that the same request, from this process or the next, is about the
/// same machines. Compute Engine answers a request id that it knows with what was done then: after an undoing, the same request has other ids.
/// </summary>
internal sealed class LaunchNames
{
    private readonly ConcurrentDictionary<string, int> _undone = new(StringComparer.Ordinal);

    /// <summary>The name of a machine. The zone is not in it, which the API keeps apart by itself.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="index">Which one of the request's machines it is.</param>
    public static string Of(LeaseRequest request, Candidate candidate, int index)
        => string.Create(CultureInfo.InvariantCulture, $"rh-{Labels.Plain(request.Cluster, 40)}-{Labels.HashOf(KeyOf(request, candidate))}-{index}");

    /// <summary>The id of the request for a machine.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="index">Which one of the request's machines it is.</param>
    public Guid RequestIdOf(LeaseRequest request, Candidate candidate, int index)
    {
        string key = KeyOf(request, candidate);
        string text = string.Create(CultureInfo.InvariantCulture, $"{key} {candidate.Offer.Zone} {index} {_undone.GetValueOrDefault(key)}");
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);

        // RFC 9562, version 8: of a hash of our own.
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Says that what was made for a request was undone, or is gone.</summary>
    /// <param name="request">The request.</param>
    /// <param name="candidate">The candidate.</param>
    public void Renew(LeaseRequest request, Candidate candidate) => _undone.AddOrUpdate(KeyOf(request, candidate), 1, static (_, count) => count + 1);

    private static string KeyOf(LeaseRequest request, Candidate candidate)
        => $"{request.Lease} {request.Token} {candidate.Offer.Region} {candidate.Offer.InstanceType} {candidate.IsSpot}";
}
