using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>One line of a <c>known_hosts</c> file (<c>man sshd</c>, SSH_KNOWN_HOSTS FILE FORMAT).</summary>
/// <param name="Marker"><c>@revoked</c> or <c>@cert-authority</c>; null for a host's own key.</param>
/// <param name="Hosts">The hosts: patterns with commas between them, or a hash.</param>
/// <param name="Key">The key.</param>
internal sealed record KnownHostLine(string? Marker, string Hosts, SshPublicKey Key)
{
    private const string HashStart = "|1|";

    /// <summary>Whether the key is one that its owner gave up.</summary>
    public bool IsRevoked => Marker == "@revoked";

    /// <summary>Whether the key signs other hosts' keys.</summary>
    public bool IsAuthority => Marker == "@cert-authority";

    /// <summary>Reads a line; false for one that is empty, a comment, or no known host: OpenSSH skips these as well.</summary>
    /// <param name="text">The line.</param>
    /// <param name="line">What it says.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out KnownHostLine? line)
    {
        line = null;
        string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0].StartsWith('#'))
            return false;
        string? marker = words[0].StartsWith('@') ? words[0] : null;
        if (marker is not (null or "@revoked" or "@cert-authority"))
            return false;
        if (words.AsSpan(marker is null ? 0 : 1) is not [var hosts, var type, var base64, ..] || !SshPublicKey.TryParse(type, base64, out SshPublicKey? key))
            return false;
        line = new KnownHostLine(marker, hosts, key);
        return true;
    }

    /// <summary>Whether the line is about a host.</summary>
    /// <param name="name">The host's name, in lower case: <c>example.org</c>, or <c>[example.org]:2222</c>.</param>
    public bool IsAbout(string name) => Hosts.StartsWith(HashStart, StringComparison.Ordinal) ? HashFits(name) : SshPattern.MatchesList(Hosts.ToLowerInvariant(), name);

    /// <summary>The line as it is written.</summary>
    public override string ToString() => Marker is null ? $"{Hosts} {Key.ToLine()}" : $"{Marker} {Hosts} {Key.ToLine()}";

    /// <summary>A host's name as a file keeps it that is not to show where its owner goes.</summary>
    /// <param name="name">The host's name.</param>
    /// <param name="salt">Makes the hash another one in each line.</param>
    public static string Hash(string name, ReadOnlySpan<byte> salt)
    {
#pragma warning disable CA5350 // The format says so; nothing is protected by it but the host's name.
        return $"{HashStart}{Convert.ToBase64String(salt)}|{Convert.ToBase64String(HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name)))}";
#pragma warning restore CA5350
    }

    private bool HashFits(string name)
    {
        string[] parts = Hosts[HashStart.Length..].Split('|');
        byte[] salt = new byte[64];
        return parts.Length == 2 && Convert.TryFromBase64String(parts[0], salt, out int length) && Hash(name, salt.AsSpan(0, length)) == Hosts;
    }
}
