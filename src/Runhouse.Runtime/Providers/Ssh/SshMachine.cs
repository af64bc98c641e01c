using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh.Channels;
using Runhouse.Runtime.Providers.Ssh.HostKeys;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>A machine that is reached by SSH.</summary>
internal sealed class SshMachine : Machine
{
    /// <summary>A machine's own address within itself.</summary>
    public const string Loopback = "127.0.0.1";

    private readonly IReadOnlyList<SshHost> _hosts;
    private readonly SshSettings _options;
    private readonly TimeProvider _time;
    private readonly SharedTask<SshWay> _shared = new(static way => way.Connection.IsOpen);
    private volatile SshWay? _way;
    private volatile bool _isDisposed;

    /// <summary>Finds out what the target means; nothing is connected yet.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="options">How to reach it.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RunhouseConfigurationException">The configuration of SSH cannot be understood, or asks for what Runhouse cannot do.</exception>
    public SshMachine(SshTarget target, SshSettings options, TimeProvider time)
    {
        (_hosts, _options, _time) = (SshRoute.Find(target, options), options, time);
    }

    /// <inheritdoc/>
    public override string Name => Host.ToString();

    /// <inheritdoc/>
    public override string Address => Host.HostName;

    /// <summary>What its name means.</summary>
    public SshHost Host => _hosts[^1];

    /// <inheritdoc/>
    public override int Generation => _way?.Generation ?? 0;

    /// <inheritdoc/>
    public override async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            SshWay way = await OpenAsync(cancellationToken).ConfigureAwait(false);
            CommandChannel channel;
            try
            {
                channel = await way.Connection.OpenCommandAsync(command, cancellationToken).ConfigureAwait(false);
            }
            catch (HostUnreachableException) when (isFirst)
            {
                // The way was dead before, and nobody had noticed; nothing has run.
                continue;
            }

            return await channel.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken)
        => (await OpenAsync(cancellationToken).ConfigureAwait(false)).Forward(Loopback, port, localPort);

    /// <summary>Where a connection made here arrives at a port of another machine, which this one reaches. The same place for as long as the way is open.</summary>
    /// <param name="host">The other machine, as this one knows it.</param>
    /// <param name="port">The port.</param>
    /// <param name="localPort">The port on this machine's loopback address; 0 lets the system choose.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="ForwardAsync(int, int, CancellationToken)" path="/exception"/>
    public async Task<IPEndPoint> ForwardAsync(string host, int port, int localPort, CancellationToken cancellationToken)
        => (await OpenAsync(cancellationToken).ConfigureAwait(false)).Forward(host, port, localPort);

    /// <inheritdoc/>
    public override async Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken)
        => await (await OpenAsync(cancellationToken).ConfigureAwait(false)).ConnectAsync(socketPath, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override void ForgoSockets(int since)
    {
        if (_way is { } way && way.Generation == since)
            way.ForgoesSockets = true;
    }

    /// <inheritdoc/>
    public override void Abandon(int since)
    {
        if (_way is { } way && way.Generation == since)
            way.Connection.Cut("nothing came back over it any more", null);
    }

    /// <summary>Asks the machine for its host key; it is not logged in to.</summary>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    /// <exception cref="CredentialsException">A machine on the way refuses the login, or is not the one that it should be.</exception>
    public Task<SshPublicKey> ReadHostKeyAsync() => SshWay.ReadHostKeyAsync(_hosts, _options, _time);

    /// <summary>Accepts a host key of the machine from now on.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting for another process that writes the file.</param>
    /// <returns>The file that holds it now.</returns>
    /// <exception cref="CredentialsException">The file cannot be written, or the machine is known by another key, which is to be forgotten first.</exception>
    public async Task<string> TrustAsync(SshPublicKey key, CancellationToken cancellationToken)
    {
        string file = Host.UserKnownHostsFiles is [var first, ..] ? first : Path.Combine(_options.Account.Folder, "known_hosts");
        KnownHosts known = await KnownHosts.ReadAsync(Host.UserKnownHostsFiles.Concat(Host.GlobalKnownHostsFiles), _time, cancellationToken).ConfigureAwait(false);
        HostKeyStanding standing = known.Judge(Host.KnownName, key).Standing;

        // Beside the key that it was known by, whoever has that one would go on being taken for the machine.
        if (standing is HostKeyStanding.Changed or HostKeyStanding.Revoked)
            throw new HostKeyCheck(Host, known, fingerprint: null, _options.Account).Refuse(key)!;
        if (standing == HostKeyStanding.Unknown)
            await KnownHostsFile.AddAsync(file, Host.KnownName, key, _time, cancellationToken).ConfigureAwait(false);
        return file;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        if (_way is { } way)
            await way.DisposeAsync().ConfigureAwait(false);
    }

    private Task<SshWay> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _shared.GetAsync(
            async _ =>
            {
                SshWay way = _way = await SshWay.OpenAsync(_hosts, _options, Generation + 1, _time).ConfigureAwait(false);
                if (!_isDisposed)
                    return way;
                await way.DisposeAsync().ConfigureAwait(false);
                throw new ObjectDisposedException(Name);
            },
            cancellationToken);
    }
}
