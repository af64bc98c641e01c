using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Runhouse.Faults;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Sockets;
using Runhouse.Protocol.Tests.Connections;

namespace Runhouse.Protocol.Tests.Resumption;

/// <summary>A caller and a worker that speak through a proxy, over sockets; or over the worker's Unix socket, without one.</summary>
internal sealed class ProxiedPair : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly byte[] _key = Ticket.CreateKey();
    private readonly TicketLedger _ledger = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly WireLimits _limits;
    private readonly EndPoint? _direct;
    private Socket? _last;
    private int _cuts;
    private Task _accepting = Task.CompletedTask;

    private ProxiedPair(WireLimits limits, bool isDirect)
    {
        _limits = limits;
        _direct = isDirect ? new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), $"rhp-{Path.GetRandomFileName()}")) : null;
        _listener = isDirect ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(_direct ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        Proxy = new FaultProxy(_listener.LocalEndPoint!);
    }

    public FaultProxy Proxy { get; }

    public TestWorker Worker { get; } = new();

    public SessionTable Sessions { get; } = new();

    public ConcurrentBag<ServerConnection> Servers { get; } = [];

    /// <summary>What a reconnect fails with; null to reconnect.</summary>
    public Exception? Refusal { get; set; }

    [AllowNull]
    public ClientConnection Client { get; private set; }

    [AllowNull]
    public TestMethods Methods { get; private set; }

    public static async Task<ProxiedPair> ConnectAsync(WireLimits? limits = null, Action<LogRecord>? log = null, bool isDirect = false)
    {
        var pair = new ProxiedPair(limits ?? WireLimits.Default, isDirect);
        pair._accepting = pair.AcceptAsync();
        (IDuplexPipe transport, ClientHandshake handshake) = await pair.OpenAsync(default);
        var options = new ClientConnectionOptions { Limits = pair._limits, Log = log, Reconnect = pair.OpenAsync, CanBeHalfOpen = true };
        pair.Client = await ClientConnection.ConnectAsync(transport, handshake, options, default);
        pair.Methods = new TestMethods(pair.Client, new CallSettings(null, StreamLogs: log is not null));
        return pair;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Proxy.DisposeAsync();
        _listener.Dispose();
        await _accepting;
        foreach (ServerConnection server in Servers)
            await server.DisposeAsync();
        await Task.WhenAll(_serving);
    }

    private async Task<(IDuplexPipe Transport, ClientHandshake Handshake)> OpenAsync(CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
            throw refusal;
        return (await ConnectAsync(cancellationToken),
            new ClientHandshake(Ticket.Mint(_key, TimeProvider.System.GetUtcNow() + Ticket.DefaultLifetime)));
    }

    /// <summary>How many connections have been cut.</summary>
    public int Cuts => _direct is null ? Proxy.Cuts : _cuts;

    /// <summary>Cuts the connection.</summary>
    public void Cut()
    {
        if (_direct is null)
        {
            Proxy.Cut();
            return;
        }

        try
        {
            _last!.Shutdown(SocketShutdown.Both);
            _cuts++;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has been cut before, and the next one has not been opened yet.
        }
    }

    private async Task<SocketTransport> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_direct is null)
            return await SocketTransport.ConnectAsync(Proxy.EndPoint, cancellationToken);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(_direct, cancellationToken);
        _last = socket;
        return new SocketTransport(socket);
    }

    private async Task AcceptAsync()
    {
        var options = new ServerConnectionOptions
        {
            TicketKey = _key,
            TicketLedger = _ledger,
            WorkerId = "w-1",
            Host = "tests",
            Limits = _limits,
            Values = Worker.Values,
            Sessions = Sessions,
        };
        try
        {
            while (true)
                _serving.Add(ServeAsync(new SocketTransport(await _listener.AcceptAsync()), options));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(SocketTransport transport, ServerConnectionOptions options)
    {
        if (await ServerConnection.AcceptAsync(transport, options, Worker, default) is not { } server)
            return;
        Servers.Add(server);
        await server.RunAsync();
    }
}
