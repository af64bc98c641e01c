using Renci.SshNet;
using Renci.SshNet.Security;

namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>A key to log in with, wherever its private half is.</summary>
/// <param name="key">The public half, or a certificate of it.</param>
/// <param name="description">What it is, for messages.</param>
/// <param name="sign">Signs with it; called only when the machine takes the key.</param>
internal sealed class LoginKey(SshPublicKey key, string description, Func<byte[], byte[]> sign) : HostAlgorithm(SshAlgorithms.ForLogin(key.Type)), IPrivateKeySource
{
    /// <summary>The public half, or a certificate of it.</summary>
    public SshPublicKey Key => key;

    /// <summary>Whether it was shown to the machine.</summary>
    public bool WasOffered { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms => [this];

    /// <inheritdoc/>
    public override byte[] Data
    {
        get
        {
            WasOffered = true;
            return key.Blob.ToArray();
        }
    }

    /// <inheritdoc/>
    public override byte[] Sign(byte[] data) => sign(data);

    /// <inheritdoc/>
    public override bool VerifySignature(byte[] data, byte[] signature) => throw new NotSupportedException("A key to log in with checks nobody else's signature.");

    /// <inheritdoc/>
    public override string ToString() => $"{description} ({key})";
}
