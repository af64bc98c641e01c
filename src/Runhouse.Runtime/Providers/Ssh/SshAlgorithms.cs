using Renci.SshNet;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>What a connection is negotiated with.</summary>
internal static class SshAlgorithms
{
    // AES-GCM is encrypted by the processor in one pass; SSH.NET's own counter mode is several times slower.
    private static readonly string[] Ciphers =
        ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"];

    /// <summary>Orders and removes algorithms: the fast ciphers first; host keys by which the machine is known first; nothing that OpenSSH gave up.</summary>
    /// <param name="info">The connection to be.</param>
    /// <param name="knownTypes">The types of the keys that the machine is known by.</param>
    public static void Choose(ConnectionInfo info, IReadOnlyList<string> knownTypes)
    {
        Remove(info.KeyExchangeAlgorithms, static name => name.EndsWith("-sha1", StringComparison.Ordinal));
        Remove(info.HostKeyAlgorithms, static name => name == "ssh-rsa" || name.Contains("-cert-v", StringComparison.Ordinal));
        Remove(info.Encryptions, static name => !Ciphers.Contains(name));
        Order(info.Encryptions, Ciphers);

        // A machine with several keys would show one that is not known otherwise, and be taken for another machine.
        Order(info.HostKeyAlgorithms, [.. knownTypes.SelectMany(static type => type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : new[] { type })]);
    }

    /// <summary>The name under which a key's owner logs in with it. RSA signs with SHA-256: every server takes it, and each name offered counts as a try.</summary>
    /// <param name="keyType">The key's type.</param>
    public static string ForLogin(string keyType) => keyType switch
    {
        "ssh-rsa" => "rsa-sha2-256",
        "ssh-rsa-cert-v01@openssh.com" => "rsa-sha2-256-cert-v01@openssh.com",
        _ => keyType,
    };

    private static void Remove<T>(IOrderedDictionary<string, T> algorithms, Func<string, bool> isUnwanted)
    {
        foreach (string name in algorithms.Keys.Where(isUnwanted).ToList())
            algorithms.Remove(name);
    }

    private static void Order<T>(IOrderedDictionary<string, T> algorithms, IEnumerable<string> first)
    {
        int index = 0;
        foreach (string name in first.Where(algorithms.ContainsKey))
            algorithms.SetPosition(name, index++);
    }
}
