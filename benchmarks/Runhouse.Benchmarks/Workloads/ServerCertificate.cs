using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>A server's certificate, made when it starts and signed by itself; ECDSA over P-256, as the product's host has it.</summary>
internal static class ServerCertificate
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Makes one.</summary>
    public static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));

        // Some systems' TLS takes no key that lives in memory alone.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), password: null);
    }

    /// <summary>Speaks TLS over a connection from a client.</summary>
    /// <param name="plain">The connection.</param>
    /// <param name="certificate">The certificate; null to leave the connection as it is.</param>
    public static async Task<Stream> SecureAsync(Stream plain, X509Certificate2? certificate)
    {
        if (certificate is null)
            return plain;
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        await secure.AuthenticateAsServerAsync(certificate);
        return secure;
    }
}
