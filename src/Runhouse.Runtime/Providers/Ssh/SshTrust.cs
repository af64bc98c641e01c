using System.Net;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse;

/// <summary>The host keys of machines that are reached over SSH: which one a machine shows, and taking it for the right one from now on.</summary>
public static class SshTrust
{
    /// <summary>The name of a machine at a port: <c>2001:db8::5</c> and 2222 make <c>[2001:db8::5]:2222</c>.</summary>
    /// <param name="machine">The machine: <c>user@address</c>, or a name from <c>~/.ssh/config</c>.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="ArgumentException">The name is none of a machine, or says another port.</exception>
    public static string NameOf(string machine, int port)
    {
        SshTarget target = TargetOf(machine);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
        return target.Port is null || target.Port == port
            ? (target with { Port = port }).ToString()
            : throw new ArgumentException($"'{machine}' says port {target.Port}, and {port} is given besides. Say one of them.", nameof(port));
    }

    /// <summary>Asks a machine for its host key; it is not logged in to.</summary>
    /// <param name="machine">The machine: <c>user@address:port</c>, or a name from <c>~/.ssh/config</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The key's type and its fingerprint, <c>SHA256:...</c>.</returns>
    /// <exception cref="ArgumentException">The name is none of a machine.</exception>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    public static async Task<(string KeyType, string Fingerprint)> ReadAsync(string machine, CancellationToken cancellationToken = default)
    {
        SshMachine way = WayTo(machine);
        await using (way.ConfigureAwait(false))
        {
            SshPublicKey key = await way.ReadHostKeyAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return (key.Type, key.Fingerprint);
        }
    }

    /// <summary>
    /// Takes a machine's host key for the right one from now on, by adding it to <c>known_hosts</c>. Whoever is in between could show another one: compare
    /// the fingerprint with the machine's own, <c>ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</c> there, and give it here.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="fingerprint">The fingerprint that the key must have.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The file that has it now.</returns>
    /// <exception cref="CredentialsException">The machine shows another key, is known by another one, which is to be forgotten first, or the file cannot be written.</exception>
    public static async Task<string> TrustAsync(string machine, string fingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(fingerprint);
        SshMachine way = WayTo(machine);
        await using (way.ConfigureAwait(false))
        {
            SshPublicKey key = await way.ReadHostKeyAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (key.Fingerprint != fingerprint)
            {
                throw new CredentialsException(
                    $"{machine} shows a {key.Type} key with the fingerprint {key.Fingerprint}, not {fingerprint}. Compare it with the machine's own before you trust it.");
            }

            return await way.TrustAsync(key, cancellationToken).ConfigureAwait(false);
        }
    }

    private static SshMachine WayTo(string machine) => new(TargetOf(machine), SshSettings.From(OptionsLoader.Load(RunhouseHome.Current)), TimeProvider.System);

    private static SshTarget TargetOf(string machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return SshTarget.TryParse(machine, out SshTarget? target, out string? problem)
            ? target
            : throw new ArgumentException($"'{machine}' names no machine: {problem}.", nameof(machine));
    }
}
