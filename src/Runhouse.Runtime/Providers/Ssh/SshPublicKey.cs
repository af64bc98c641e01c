using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>The public half of an SSH key, a host's or a user's.</summary>
internal sealed class SshPublicKey : IEquatable<SshPublicKey>
{
    private readonly byte[] _blob;

    private SshPublicKey(string type, byte[] blob) => (Type, _blob) = (type, blob);

    /// <summary>Its type as the wire and <c>known_hosts</c> name it: <c>ssh-ed25519</c>.</summary>
    public string Type { get; }

    /// <summary>The key as it travels.</summary>
    public ReadOnlySpan<byte> Blob => _blob;

    /// <summary>SHA-256 of the key as <c>ssh-keygen -l</c> prints it: <c>SHA256:...</c>.</summary>
    public string Fingerprint => "SHA256:" + Convert.ToBase64String(SHA256.HashData(_blob)).TrimEnd('=');

    /// <summary>What people call the type: <c>ED25519</c>.</summary>
    public string Kind => Type switch
    {
        "ssh-ed25519" => "ED25519",
        "ssh-rsa" => "RSA",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        _ when Type.Contains("-cert-v", StringComparison.Ordinal) => "certificate",
        _ when Type.StartsWith("ecdsa-", StringComparison.Ordinal) => "ECDSA",
        _ => Type,
    };

    /// <summary>Takes a key as it travels.</summary>
    /// <param name="blob">The key.</param>
    /// <exception cref="FormatException">The bytes are no key.</exception>
    public static SshPublicKey FromBlob(ReadOnlySpan<byte> blob)
    {
        var reader = new SshWireReader(blob);
        return new SshPublicKey(reader.ReadText(), blob.ToArray());
    }

    /// <summary>Reads a key as <c>known_hosts</c> and files that end in <c>.pub</c> write it.</summary>
    /// <param name="type">The type.</param>
    /// <param name="base64">The key.</param>
    /// <param name="key">The key; null when the two are none, or do not agree.</param>
    public static bool TryParse(ReadOnlySpan<char> type, ReadOnlySpan<char> base64, [NotNullWhen(true)] out SshPublicKey? key)
    {
        key = null;
        byte[] blob = new byte[base64.Length];
        if (!Convert.TryFromBase64Chars(base64, blob, out int length))
            return false;
        try
        {
            SshPublicKey read = FromBlob(blob.AsSpan(0, length));
            key = type.SequenceEqual(read.Type) ? read : null;
        }
        catch (FormatException)
        {
            // Base64 of something else.
        }

        return key is not null;
    }

    /// <summary>The key as <c>known_hosts</c> and files that end in <c>.pub</c> write it.</summary>
    public string ToLine() => $"{Type} {Convert.ToBase64String(_blob)}";

    /// <inheritdoc/>
    public bool Equals(SshPublicKey? other) => other is not null && _blob.AsSpan().SequenceEqual(other._blob);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SshPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_blob);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Fingerprint}";
}
