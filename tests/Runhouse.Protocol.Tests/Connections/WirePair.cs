using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Tests.Connections;

/// <summary>A caller and a worker that have shaken hands over a pair of pipes; each side has its own clock.</summary>
internal sealed class WirePair : IAsyncDisposable
{
    private Task _serving = Task.CompletedTask;

    public static byte[] Key { get; } = Ticket.CreateKey();

    public PipePair Pipes { get; } = new();

    public TestWorker Worker { get; } = new();

    public FakeTimeProvider CallerTime { get; } = new();

    public FakeTimeProvider WorkerTime { get; } = new();

    [AllowNull]
    public ClientConnection Client { get; private set; }

    [AllowNull]
    public ServerConnection Server { get; private set; }

    [AllowNull]
    public TestMethods Methods { get; private set; }

    public Task Serving => _serving;

    public static async Task<WirePair> ConnectAsync(
        WireLimits? limits = null,
        Action<LogRecord>? log = null,
        Func<Exception?, ValueTask<Exception>>? explainLoss = null,
        CallSettings? settings = null,
        WireLimits? callerLimits = null,
        string workerId = "w-1",
        WorkerBudget? budget = null,
        (IDuplexPipe Caller, IDuplexPipe Worker)? transports = null,
        Func<CancellationToken, Task<(IDuplexPipe Transport, ClientHandshake Handshake)>>? reconnect = null)
    {
        var pair = new WirePair();
        var server = new ServerConnectionOptions
        {
            TicketKey = Key,
            TicketLedger = new TicketLedger(),
            WorkerId = workerId,
            Host = "tests",
            Limits = limits ?? WireLimits.Default,
            Values = pair.Worker.Values,
            Budget = budget,
            TimeProvider = pair.WorkerTime,
        };
        var client = new ClientConnectionOptions
        {
            Limits = callerLimits ?? limits ?? WireLimits.Default,
            Log = log,
            ExplainLoss = explainLoss,
            Reconnect = reconnect,
            TimeProvider = pair.CallerTime,
        };
        byte[] ticket = Ticket.Mint(Key, pair.WorkerTime.GetUtcNow() + Ticket.DefaultLifetime);
        (IDuplexPipe caller, IDuplexPipe worker) = transports ?? (pair.Pipes.Caller, pair.Pipes.Worker);
        Task<ServerConnection?> accepting = ServerConnection.AcceptAsync(worker, server, pair.Worker, default);
        pair.Client = await ClientConnection.ConnectAsync(caller, new ClientHandshake(ticket), client, default);
        pair.Server = await accepting;
        pair._serving = pair.Server!.RunAsync();
        pair.Methods = new TestMethods(pair.Client, settings, client.Limits);
        return pair;
    }

    /// <summary>Methods over the same connection with other settings.</summary>
    public TestMethods With(CallSettings settings) => new(Client, settings);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await _serving;
    }
}
