using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Worker.Control;

/// <summary>The host's certificate as it comes with connections: what TLS needs of it is made once, until the host has another one.</summary>
internal sealed class HandedOverCertificates
{
    private volatile Known? _known;

    /// <summary>What TLS needs of a certificate.</summary>
    /// <param name="content">The certificate with its key, as PKCS #12.</param>
    public SslStreamCertificateContext Of(byte[] content)
    {
        byte[] hash = SHA256.HashData(content);
        if (_known is { } known && known.Hash.AsSpan().SequenceEqual(hash))
            return known.Context;
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(content, password: null);
        var made = new Known(hash, SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true));
        _known = made;
        return made.Context;
    }

    private sealed record Known(byte[] Hash, SslStreamCertificateContext Context);
}
