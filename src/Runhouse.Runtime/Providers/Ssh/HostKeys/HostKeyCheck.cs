using System.Globalization;

namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>Decides whether a machine is the one that it should be.</summary>
/// <param name="host">The machine.</param>
/// <param name="known">What is known of hosts.</param>
/// <param name="fingerprint">The fingerprint that the user gave; null for none.</param>
/// <param name="account">The account that logs in.</param>
internal sealed class HostKeyCheck(SshHost host, KnownHosts known, string? fingerprint, SshAccount account)
{
    private const string FingerprintStart = "SHA256:";

    private string TrustCommand => host.Port == SshHost.DefaultPort
        ? $"runhouse trust {host.Alias}"
        : string.Create(CultureInfo.InvariantCulture, $"runhouse trust {host.Alias} --port {host.Port}");

    /// <summary>The types of the keys that the machine is known by: it is asked for one of these.</summary>
    public IReadOnlyList<string> KnownTypes => known.KeyTypes(host.KnownName);

    /// <summary>Why a key is not accepted; null when it is.</summary>
    /// <param name="key">The key that the machine shows.</param>
    public CredentialsException? Refuse(SshPublicKey key)
    {
        (HostKeyStanding standing, KnownHost? line) = known.Judge(host.KnownName, key);
        if (standing == HostKeyStanding.Revoked)
        {
            return new CredentialsException(
                $"{host} shows the SSH host key {key}, which {Place(line!)} marks as revoked: whoever shows it may be anybody. Nothing was sent. "
                + "Give the machine a new host key and trust that one, or remove the mark if it is wrong.");
        }

        if (fingerprint is not null)
        {
            return Normal(fingerprint) == Normal(key.Fingerprint) ? null : new CredentialsException(
                $"{host} shows the SSH host key {key}, and the fingerprint that was given is {FingerprintStart}{Normal(fingerprint)}. Nothing was sent. "
                + $"Give the fingerprint of the machine's {key.Kind} key if the given one is of another kind; otherwise this is another machine, or somebody is in between.");
        }

        return standing switch
        {
            HostKeyStanding.Known => null,
            HostKeyStanding.Changed => new CredentialsException(
                $"{host} shows the SSH host key {key}, and {Place(line!)} knows it by {line!.Line.Key}. Somebody may be between here and the machine; nothing was sent. "
                + $"If its key has changed for a good reason, such as a new installation, forget the old one with: ssh-keygen -f {account.Shorten(line.File)} -R '{host.KnownName}', "
                + $"and trust the new one with: {TrustCommand}"),
            _ => new CredentialsException(
                $"The SSH host key of {host} is not known: it shows {key}. {Authority()}Compare that fingerprint with the machine's own (there: ssh-keygen -lf /etc/ssh/ssh_host_{key.Kind.ToLowerInvariant()}_key.pub), "
                + $"then trust it with: {TrustCommand}"),
        };
    }

    private static string Normal(string text)
        => (text.StartsWith(FingerprintStart, StringComparison.OrdinalIgnoreCase) ? text[FingerprintStart.Length..] : text).TrimEnd('=');

    private string Place(KnownHost line) => account.Shorten(line.File) + line.Place[line.File.Length..];

    private string Authority() => known.Authority(host.KnownName) is { } authority
        ? $"{Place(authority)} names an authority for it, but certificates of hosts are not understood. "
        : "";
}
