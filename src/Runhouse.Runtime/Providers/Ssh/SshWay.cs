using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using Runhouse.Runtime.Providers.Ssh.Channels;
using Runhouse.Runtime.Providers.Ssh.Credentials;
using Runhouse.Runtime.Providers.Ssh.HostKeys;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>An open way to a machine: the connections to the machines that lead there, the one to itself, and the ports that were forwarded over that.</summary>
internal sealed class SshWay : IAsyncDisposable
{
    private readonly IReadOnlyList<SshConnection> _connections;
    private readonly Dictionary<(string Host, int Port, int LocalPort), LocalForward> _forwards = [];

    private SshWay(IReadOnlyList<SshConnection> connections, int generation)
    {
        (_connections, Generation) = (connections, generation);
        _ = CloseWithConnectionAsync();
    }

    /// <summary>Its number among the ways that were opened to the machine.</summary>
    public int Generation { get; }

    /// <summary>Whether nobody is to ask for the machine's sockets over it any more.</summary>
    public bool ForgoesSockets { get; set; }

    /// <summary>The connection to the machine itself.</summary>
    public SshConnection Connection => _connections[^1];

    /// <summary>Opens a way.</summary>
    /// <param name="hosts">The machines on it; the last one is the machine.</param>
    /// <param name="options">How to reach them.</param>
    /// <param name="generation">Its number.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HostUnreachableException">A machine cannot be reached, or not in time.</exception>
    /// <exception cref="CredentialsException">A machine refuses the login, or is not the one that it should be.</exception>
    public static async Task<SshWay> OpenAsync(IReadOnlyList<SshHost> hosts, SshSettings options, int generation, TimeProvider time)
    {
        var connections = new List<SshConnection>();
        TimeSpan left = options.ConnectTimeout;
        try
        {
            foreach (SshHost host in hosts)
            {
                using LocalForward? through = Through(connections, host);
                using var patience = new Patience(host.ConnectTimeout < left ? host.ConnectTimeout.Value : left, time);
                SshClient client = await LoginAsync(host, through, ReferenceEquals(host, hosts[^1]), options, patience, time).ConfigureAwait(false);
                connections.Add(Take(client, host, options, time));
                left -= patience.Limit - patience.Left;
            }

            return new SshWay(connections, generation);
        }
        catch
        {
            await CloseAsync(connections).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks a machine for its host key, which nothing is decided about.</summary>
    /// <param name="hosts">The machines on the way; the last one is the machine.</param>
    /// <param name="options">How to reach them.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HostUnreachableException">A machine cannot be reached, or not in time.</exception>
    /// <exception cref="CredentialsException">A machine on the way refuses the login, or is not the one that it should be.</exception>
    public static async Task<SshPublicKey> ReadHostKeyAsync(IReadOnlyList<SshHost> hosts, SshSettings options, TimeProvider time)
    {
        SshWay? before = hosts.Count > 1 ? await OpenAsync([.. hosts.SkipLast(1)], options with { Password = null }, 0, time).ConfigureAwait(false) : null;
        using var patience = new Patience(options.ConnectTimeout, time);
        try
        {
            using LocalForward? through = before is null ? null : Through(before._connections, hosts[^1]);

            // No key is known and so none is accepted: the machine learns nothing but that somebody came.
            var login = new SshLogin(hosts[^1], through, new HostKeyCheck(hosts[^1], new KnownHosts([]), null, options.Account), options, isLast: false, patience);
            try
            {
                using SshClient client = await login.ConnectAsync().ConfigureAwait(false);
            }
            catch (CredentialsException) when (login.HostKey is not null)
            {
                // As meant.
            }

            return login.HostKey!;
        }
        finally
        {
            if (before is not null)
                await before.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Where connections made here arrive at a port that the machine reaches; the same place each time.</summary>
    /// <param name="host">Whose port, as the machine knows it; its own loopback address among them.</param>
    /// <param name="port">The port.</param>
    /// <param name="localPort">The port here; 0 lets the system choose.</param>
    /// <exception cref="CredentialsException">The machine forbids it.</exception>
    /// <exception cref="IOException">The port here cannot be opened.</exception>
    public IPEndPoint Forward(string host, int port, int localPort)
    {
        lock (_forwards)
        {
            if (!_forwards.TryGetValue((host, port, localPort), out LocalForward? forward))
                _forwards.Add((host, port, localPort), forward = new LocalForward(Connection, host, port, localPort, onlyOnce: false));
            if (forward.Refusal is { IsForbidden: true } refusal)
            {
                throw new CredentialsException(
                    $"{Connection.Host} does not let '{Connection.Host.User}' reach {(host == SshMachine.Loopback ? "its port" : host + " at port")} {port}: {refusal}. Allow it in its sshd_config (AllowTcpForwarding, PermitOpen), or log in as a user who may.");
            }

            return forward.EndPoint;
        }
    }

    /// <summary>Connects to a Unix socket of the machine.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The connection; null when the machine opens none.</returns>
    /// <exception cref="HostUnreachableException">The connection broke.</exception>
    public async Task<Socket?> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        if (ForgoesSockets)
            return null;
        (Socket near, Socket far) = await SocketPair.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var channel = new SocketChannel(Connection, far);
        bool isOpen = false;
        try
        {
            isOpen = await channel.ReachAsync(new SocketOpening(path), cancellationToken).ConfigureAwait(false) is null;
        }
        finally
        {
            if (!isOpen)
            {
                near.Dispose();
                channel.Dispose();
            }
        }

        if (!isOpen)
            return null;
        _ = ServeAsync(channel);
        return near;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync(_connections).ConfigureAwait(false);

    private static LocalForward? Through(IReadOnlyList<SshConnection> connections, SshHost host)
        => connections.Count == 0 ? null : new LocalForward(connections[^1], host.HostName, host.Port, 0, onlyOnce: true);

    private static async Task<SshClient> LoginAsync(
        SshHost host, LocalForward? through, bool isLast, SshSettings options, Patience patience, TimeProvider time)
    {
        KnownHosts known = await KnownHosts.ReadAsync(host.UserKnownHostsFiles.Concat(host.GlobalKnownHostsFiles), time, patience.End).ConfigureAwait(false);
        var check = new HostKeyCheck(host, known, isLast ? options.Fingerprint : null, options.Account);
        return await new SshLogin(host, through, check, options, isLast, patience).ConnectAsync().ConfigureAwait(false);
    }

    private static SshConnection Take(SshClient client, SshHost host, SshSettings options, TimeProvider time)
    {
        try
        {
            return new SshConnection(client, host, options, time);
        }
        catch (MissingMemberException e)
        {
            client.Dispose();
            throw new HostUnreachableException(
                $"SSH.NET {typeof(SshClient).Assembly.GetName().Version} lacks what Runhouse needs of it: {e.Message} Let the application use the version that Runhouse.Runtime refers to.", e);
        }
    }

    private static async Task ServeAsync(SocketChannel channel)
    {
        using (channel)
            await channel.ServeAsync().ConfigureAwait(false);
    }

    // The last one first: its own goodbye travels over the others.
    private static async Task CloseAsync(IEnumerable<SshConnection> connections)
    {
        foreach (SshConnection connection in connections.Reverse())
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CloseWithConnectionAsync()
    {
        await Connection.Lost.ConfigureAwait(false);
        lock (_forwards)
        {
            foreach (LocalForward forward in _forwards.Values)
                forward.Dispose();
        }

        await CloseAsync(_connections).ConfigureAwait(false);
    }
}
