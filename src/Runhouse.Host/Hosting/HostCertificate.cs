using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Host.Hosting;

/// <summary>
/// The certificate of the host's port: its own, new at each start as the token is. No authority vouches for it; callers know it by the fingerprint
/// that <c>host.json</c> gives beside the token.
/// </summary>
internal sealed class HostCertificate : IDisposable
{
    private static readonly TimeSpan ClockDifference = TimeSpan.FromDays(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    private HostCertificate(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of the certificate, in lower-case hexadecimal digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Certificate.RawDataMemory.Span));

    public static HostCertificate Create(string hostName, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(hostName);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return new HostCertificate(request.CreateSelfSigned(now - ClockDifference, now + Lifetime));
    }

    public void Dispose() => Certificate.Dispose();
}
