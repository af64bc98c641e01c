using System.Net;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Clusters;

/// <summary>Where a host listens and what opens it.</summary>
/// <param name="Uri">The root of its control interface; as its own machine sees it when <see cref="Way"/> leads there.</param>
/// <param name="Token">What authenticates the caller.</param>
/// <param name="HostId">The host's identity, new at each start.</param>
/// <param name="Name">The host's name for messages.</param>
internal sealed record HostAddress(Uri Uri, string Token, string HostId, string Name)
{
    /// <summary>Whether the host runs on this machine, so that files need no compression and workers are reached directly.</summary>
    public bool IsThisMachine { get; init; }

    /// <summary>The machine that the host runs on; null when it is known by its address alone.</summary>
    public Machine? Machine { get; init; }

    /// <summary>Whether its port is open on the machine, and reached as it is.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The machine whose loopback address the host listens on, and over which it is reached; null when the address is reached as it is.</summary>
    public Machine? Way => IsOpen ? null : Machine;

    /// <summary>The same host by the way to its machine, also where its port is open.</summary>
    public HostAddress Inside => IsOpen ? this with { Uri = new UriBuilder(Uri) { Host = "127.0.0.1" }.Uri, IsOpen = false } : this;

    /// <summary>The runtime identifier of the host's platform.</summary>
    public string Rid { get; init; } = RuntimeInformation.RuntimeIdentifier;

    /// <summary>SHA-256 of the certificate that the host must show, in hexadecimal digits; null without TLS.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>How the host's certificate is checked. The pin says more than an authority could: this very certificate and no other.</summary>
    /// <param name="name">The host's name in the network.</param>
    /// <param name="host">The host as it is known by then: its certificate may be renewed.</param>
    /// <exception cref="OtherCertificateException">Thrown by the handshake: another certificate was shown.</exception>
    public static SslClientAuthenticationOptions TlsOptions(string name, Func<HostAddress> host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = name };
        if (host().Fingerprint is not null)
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) => host().IsPinned(certificate);
        return options;
    }

    /// <summary>Where a connection made here arrives at the host's port, or at a worker's.</summary>
    /// <param name="port">The port on the machine's loopback address, or the one that is open.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<EndPoint> ResolveAsync(int port, CancellationToken cancellationToken) => Way is null
        ? new DnsEndPoint(Uri.DnsSafeHost, port)
        : await Way.ForwardAsync(port, localPort: 0, cancellationToken).ConfigureAwait(false);

    /// <summary>Where a connection made here arrives at a port of the machine's loopback address.</summary>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<EndPoint> ForwardAsync(int port, CancellationToken cancellationToken) => Machine is null
        ? new DnsEndPoint(Uri.DnsSafeHost, port)
        : await Machine.ForwardAsync(port, localPort: 0, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override string ToString() => Way is null ? $"host '{Name}' at {Uri.GetLeftPart(UriPartial.Authority)}" : $"host '{Name}' on {Way.Name}";

    private bool IsPinned(X509Certificate? certificate)
    {
        string? shown = certificate?.GetCertHashString(HashAlgorithmName.SHA256);
        return string.Equals(shown, Fingerprint, StringComparison.OrdinalIgnoreCase) ? true : throw new OtherCertificateException(shown, Fingerprint);
    }
}
