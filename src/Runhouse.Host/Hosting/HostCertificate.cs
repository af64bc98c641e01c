using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Host.Hosting;

/// <summary>
/// The certificate of the host's port: its own, kept in its folder over its restarts. No authority vouches for it; callers know it by the fingerprint
/// that <c>host.json</c> gives beside the token.
/// </summary>
internal sealed class HostCertificate : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan ClockDifference = TimeSpan.FromDays(1);

    private readonly byte[] _content;
    private readonly X509Certificate2 _certificate;

    private HostCertificate(byte[] content)
    {
        _content = content;
        _certificate = X509CertificateLoader.LoadPkcs12(content, password: null);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(_certificate.RawDataMemory.Span));
        Context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    /// <summary>What TLS needs of it, made once for all connections.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The certificate with its key, as PKCS #12: for the worker that speaks TLS in the host's name.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>SHA-256 of the certificate, in lower-case hexadecimal digits.</summary>
    public string Fingerprint { get; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt => _certificate.NotBefore + ClockDifference;

    /// <summary>When it is good no longer.</summary>
    public DateTimeOffset ExpiresAt => _certificate.NotAfter;

    /// <summary>When another one is to take its place: two thirds of its time are gone then.</summary>
    public DateTimeOffset RenewsAt => CreatedAt + ((ExpiresAt - CreatedAt) * 2 / 3);

    public static HostCertificate Create(string hostName, TimeSpan lifetime, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(hostName);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (Uri.CheckHostName(Environment.MachineName) == UriHostNameType.Dns)
            names.AddDnsName(Environment.MachineName);
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        using X509Certificate2 certificate = request.CreateSelfSigned(now - ClockDifference, now + lifetime);
        return new HostCertificate(certificate.Export(X509ContentType.Pkcs12));
    }

    /// <summary>Reads the certificate of a former start; null when there is none, or none that can be used.</summary>
    public static HostCertificate? TryRead(string path)
    {
        try
        {
            return new HostCertificate(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or CryptographicException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            // Damaged, or without its key: another one takes its place, and callers learn of it as of any other.
            return null;
        }
    }

    /// <summary>Whether it can be shown at a time: it is from before then (a clock may have been wrong), and not to be renewed yet.</summary>
    public bool IsGood(DateTimeOffset now) => now >= CreatedAt - ClockDifference && now < RenewsAt;

    /// <summary>Writes it, with its key.</summary>
    public void Write(string path) => HostFolders.WritePrivate(path, _content);

    public void Dispose() => _certificate.Dispose();
}
