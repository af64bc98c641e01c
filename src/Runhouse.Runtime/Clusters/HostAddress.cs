using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Runtime.Clusters;

/// <summary>Where a host listens and what opens it.</summary>
/// <param name="Uri">The root of its control interface.</param>
/// <param name="Token">What authenticates the caller.</param>
/// <param name="HostId">The host's identity, new at each start.</param>
/// <param name="Name">The host's name for messages.</param>
internal sealed record HostAddress(Uri Uri, string Token, string HostId, string Name)
{
    /// <summary>Whether the host runs on this machine, so that files need no compression and workers are reached directly.</summary>
    public bool IsThisMachine { get; init; }

    /// <summary>SHA-256 of the certificate that the host must show, in hexadecimal digits; null without TLS.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>How the host's certificate is checked. The pin says more than an authority could: this very certificate and no other.</summary>
    /// <param name="name">The host's name in the network.</param>
    public SslClientAuthenticationOptions TlsOptions(string name)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = name };
        if (Fingerprint is { } fingerprint)
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) => HasFingerprint(certificate, fingerprint);
        return options;
    }

    /// <inheritdoc/>
    public override string ToString() => $"host '{Name}' at {Uri.GetLeftPart(UriPartial.Authority)}";

    private static bool HasFingerprint(X509Certificate? certificate, string fingerprint)
        => certificate is not null && certificate.GetCertHashString(HashAlgorithmName.SHA256).Equals(fingerprint, StringComparison.OrdinalIgnoreCase);
}
