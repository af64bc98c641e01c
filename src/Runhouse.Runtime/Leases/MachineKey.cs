using System.Security.Cryptography;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Leases;

/// <summary>A key of SSH that is made for one lease: to log in with, or as the key of its machines.</summary>
internal static class MachineKey
{
    private const string Curve = "nistp256";
    private const string Type = "ecdsa-sha2-" + Curve;

    /// <summary>Makes a private key, as PEM, which OpenSSH reads for users and for hosts.</summary>
    public static string New()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem() + "\n";
    }

    /// <summary>The public half.</summary>
    /// <param name="pem">The private key.</param>
    public static SshPublicKey PublicOf(string pem)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return SshPublicKey.FromBlob(new SshWireWriter().Text(Type).Text(Curve).Bytes([4, .. point.X!, .. point.Y!]).ToArray());
    }
}
