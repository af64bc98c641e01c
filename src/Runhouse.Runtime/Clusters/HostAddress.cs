using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Clusters;

/// <summary>Where a host listens and what opens it.</summary>
/// <param name="Uri">The root of its control interface; as its own machine sees it when <see cref="Machine"/> is the way there.</param>
/// <param name="Token">What authenticates the caller.</param>
/// <param name="HostId">The host's identity, new at each start.</param>
/// <param name="Name">The host's name for messages.</param>
internal sealed record HostAddress(Uri Uri, string Token, string HostId, string Name)
{
    /// <summary>Whether the host runs on this machine, so that files need no compression and workers are reached directly.</summary>
    public bool IsThisMachine { get; init; }

    /// <summary>The machine whose loopback address the host listens on, and over which it is reached; null when the address is reached as it is.</summary>
    public Machine? Machine { get; init; }

    /// <summary>The runtime identifier of the host's platform.</summary>
    public string Rid { get; init; } = RuntimeInformation.RuntimeIdentifier;

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

    /// <summary>Where a connection made here arrives at a port of the host's machine.</summary>
    /// <param name="port">The port on its loopback address, or the one that is open.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<EndPoint> ResolveAsync(int port, CancellationToken cancellationToken) => Machine is null
        ? new DnsEndPoint(Uri.Host, port)
        : await Machine.ForwardAsync(port, localPort: 0, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override string ToString() => Machine is null ? $"host '{Name}' at {Uri.GetLeftPart(UriPartial.Authority)}" : $"host '{Name}' on {Machine.Name}";

    private static bool HasFingerprint(X509Certificate? certificate, string fingerprint)
        => certificate is not null && certificate.GetCertHashString(HashAlgorithmName.SHA256).Equals(fingerprint, StringComparison.OrdinalIgnoreCase);
}
