using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>A port on this machine's loopback address whose connections arrive at a port that the machine reaches.</summary>
internal sealed class LocalForward : IDisposable
{
    private readonly SshConnection _connection;
    private readonly string _host;
    private readonly Socket _listener;
    private readonly bool _onlyOnce;

    /// <summary>Listens.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="host">The host to reach, as the machine knows it.</param>
    /// <param name="port">The port to reach.</param>
    /// <param name="localPort">The port here; 0 lets the system choose.</param>
    /// <param name="onlyOnce">Whether one connection is all that is taken.</param>
    /// <exception cref="IOException">The port here cannot be opened.</exception>
    public LocalForward(SshConnection connection, string host, int port, int localPort, bool onlyOnce)
    {
        (_connection, _host, Port, _onlyOnce) = (connection, host, port, onlyOnce);
        _listener = LocalPort.Listen(connection.Host.ToString(), port, localPort);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync();
    }

    /// <summary>Where connections are taken.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The port to reach.</summary>
    public int Port { get; }

    /// <summary>Why the machine opened no way for the last connection; null when it did.</summary>
    public ChannelRefusal? Refusal { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        // However it is closed, by its owner or with its connection, the accept ends with an exception.
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            if (_onlyOnce)
                _listener.Dispose();
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var channel = new SocketChannel(_connection, socket);
        try
        {
            Refusal = await channel.ReachAsync(new PortOpening(_host, Port), CancellationToken.None).ConfigureAwait(false);
            if (Refusal is null)
                await channel.ServeAsync().ConfigureAwait(false);
        }
        catch (HostUnreachableException)
        {
            // Whoever made the connection sees it end; whoever asks for the way again is told why.
        }
    }
}
