using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>Where a server listens, in its own words, and over TLS the certificate that it has to show.</summary>
/// <param name="Location">A port, a path or a URL.</param>
/// <param name="Thumbprint">The certificate's thumbprint; null without TLS.</param>
internal sealed record ServerAddress(string Location, string? Thumbprint)
{
    /// <summary>Whether the server speaks TLS.</summary>
    public bool IsTls => Thumbprint is not null;

    /// <summary>The location as a port of this machine.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Loopback, int.Parse(Location, CultureInfo.InvariantCulture));

    /// <summary>Reads what <see cref="ToString"/> has written.</summary>
    public static ServerAddress Parse(string text) => text.Split(' ') is [var location, var thumbprint] ? new(location, thumbprint) : new(text, null);

    /// <summary>The address of a server that shows a certificate, or none.</summary>
    public static ServerAddress Of(string location, X509Certificate2? certificate) => new(location, certificate?.Thumbprint);

    /// <inheritdoc/>
    public override string ToString() => IsTls ? $"{Location} {Thumbprint}" : Location;

    /// <summary>Speaks TLS over a connection to the server, if the server does.</summary>
    /// <param name="plain">The connection.</param>
    public async Task<Stream> SecureAsync(Stream plain)
    {
        if (!IsTls)
            return plain;
        var secure = new SslStream(plain, leaveInnerStreamOpen: false, Accepts);
        await secure.AuthenticateAsClientAsync("localhost");
        return secure;
    }

    /// <summary>Whether a server's certificate is the one of this address: nobody else has signed it.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        => string.Equals(certificate?.GetCertHashString(), Thumbprint, StringComparison.OrdinalIgnoreCase);
}
