namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>The keys of hosts that are known, from <c>known_hosts</c> files.</summary>
/// <param name="hosts">The lines, in the order in which they count.</param>
internal sealed class KnownHosts(IReadOnlyList<KnownHost> hosts)
{
    /// <summary>Reads files. One that is missing or not for this account to read knows nothing.</summary>
    /// <param name="files">The files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops waiting for a file that somebody writes.</param>
    public static async Task<KnownHosts> ReadAsync(IEnumerable<string> files, TimeProvider time, CancellationToken cancellationToken)
    {
        var hosts = new List<KnownHost>();
        foreach (string file in files)
        {
            string[] texts = await KnownHostsFile.ReadAsync(file, time, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < texts.Length; i++)
            {
                if (KnownHostLine.TryParse(texts[i], out KnownHostLine? line))
                    hosts.Add(new KnownHost(file, i + 1, line));
            }
        }

        return new KnownHosts(hosts);
    }

    /// <summary>The types of the keys that a host is known by.</summary>
    /// <param name="name">The host's name, as <see cref="SshHost.KnownName"/> gives it.</param>
    public IReadOnlyList<string> KeyTypes(string name) => [.. About(name).Where(static host => host.Line.Marker is null).Select(static host => host.Line.Key.Type).Distinct()];

    /// <summary>An authority that vouches for a host, whose certificates are not understood; null when there is none.</summary>
    /// <param name="name">The host's name, as <see cref="SshHost.KnownName"/> gives it.</param>
    public KnownHost? Authority(string name) => About(name).FirstOrDefault(static host => host.Line.IsAuthority);

    /// <summary>Judges a key that a host shows.</summary>
    /// <param name="name">The host's name, as <see cref="SshHost.KnownName"/> gives it.</param>
    /// <param name="key">The key.</param>
    /// <returns>The verdict, and the line that it rests on; null when no line is about the host.</returns>
    public (HostKeyStanding Standing, KnownHost? Known) Judge(string name, SshPublicKey key)
    {
        List<KnownHost> about = [.. About(name).Where(static host => !host.Line.IsAuthority)];
        if (about.Find(host => host.Line.IsRevoked && host.Line.Key.Equals(key)) is { } revoked)
            return (HostKeyStanding.Revoked, revoked);
        about.RemoveAll(static host => host.Line.IsRevoked);
        if (about.Find(host => host.Line.Key.Equals(key)) is { } known)
            return (HostKeyStanding.Known, known);

        // A key of a type that is not known is no new host: the known types were asked for first, and whoever sits in between would offer another.
        return about.Count == 0
            ? (HostKeyStanding.Unknown, null)
            : (HostKeyStanding.Changed, about.Find(host => host.Line.Key.Type == key.Type) ?? about[0]);
    }

    private IEnumerable<KnownHost> About(string name)
    {
        string lower = name.ToLowerInvariant();
        return hosts.Where(host => host.Line.IsAbout(lower));
    }
}
