using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Sockets;
using Runhouse.Worker.Loading;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Control;

/// <summary>
/// Runs the path of a load and of a call once, through a socket of its own, so that the first real ones find it compiled: a standby
/// worker has the time, a caller that waits for its redeploy has not.
/// </summary>
internal static class WarmUp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Warms up. A failure costs time later and is no reason not to start; it is logged.</summary>
    public static async Task RunAsync(WorkerLog log)
    {
        string folder = Directory.CreateTempSubdirectory("rhw").FullName;
        try
        {
            ReadMessages();
            Deployment.WarmUp();
            using var patience = new CancellationTokenSource(Patience);
            await CallAsync(Path.Combine(folder, "s"), patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Write($"The worker could not warm up, so its first call will be slower: {exception}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CallAsync(string path, CancellationToken cancellationToken)
    {
        byte[] key = RandomNumberGenerator.GetBytes(Ticket.KeySize);
        var endPoint = new UnixDomainSocketEndPoint(path);
        var listener = new CallListener(endPoint);
        try
        {
            var serving = ServeAsync();
            var transport = await SocketTransport.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            byte[] ticket = Ticket.Mint(key, TimeProvider.System.GetUtcNow() + Patience);
            var client = await ClientConnection
                .ConnectAsync(transport, new ClientHandshake(ticket), ClientConnectionOptions.Default, cancellationToken).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
                await EchoAsync(client, cancellationToken).ConfigureAwait(false);
            await serving.ConfigureAwait(false);
        }
        finally
        {
            listener.Close();
        }

        async Task ServeAsync()
        {
            var accepted = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
            if (accepted is null)
                return;
            var options = new ServerConnectionOptions
            {
                TicketKey = key,
                TicketLedger = new TicketLedger(),
                WorkerId = "warm",
                Host = "warm",
            };
            var server = await ServerConnection.AcceptAsync(new SocketTransport(accepted), options, new Echo(), cancellationToken).ConfigureAwait(false);
            if (server is null)
                return;
            await using (server.ConfigureAwait(false))
                await server.RunAsync().ConfigureAwait(false);
        }
    }

    private static async Task EchoAsync(ClientConnection client, CancellationToken cancellationToken)
    {
        var target = new ConnectionTarget(new Route(client), ObjectForm.Array, CallSettings.Default, WireLimits.Default);
        await Send().ConfigureAwait(false);

        ValueTask<int> Send()
        {
            var call = target.Begin(Echo.Method);
            var writer = call.BeginArguments();
            writer.WriteInt32(1);
            return call.SendAsync(ref writer, cancellationToken);
        }
    }

    private static void ReadMessages()
    {
        HostToWorkerMessage message = new LoadDeployment
        {
            WorkerId = "",
            Host = "",
            Application = "",
            Deployment = "",
            Directory = "",
            EntryAssembly = "",
            SocketPath = "",
            TicketKey = "",
            Accelerators = [""],
        };
        string json = JsonSerializer.Serialize(message, ControlJson.Default.HostToWorkerMessage);
        JsonSerializer.Deserialize(json, ControlJson.Default.HostToWorkerMessage);
    }

    private sealed class Route(ClientConnection connection) : ICallRouter
    {
        public bool TryGetRoute(out CallRoute route)
        {
            route = new CallRoute(connection, 0);
            return true;
        }

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => new(new CallRoute(connection, 0));
    }

    private sealed class Echo : ICallHandler
    {
        public static readonly RemoteMethod<int> Method = new(256, "Echo", 0, static (ref WireReader reader) => reader.ReadInt32());

        private static readonly RemoteMember Member = new(256, "Echo", "Echo(int)", 0, RemoteMemberKind.Function);

        public void OnCall(ServerCall call)
        {
            call.Member = Member;
            var reader = call.BeginArguments();
            int value = reader.ReadInt32();
            var writer = call.BeginResult();
            writer.WriteInt32(value);
            call.Complete(ref writer);
            call.Release();
        }

        public void OnRelease(ServerConnection connection, ulong objectId, bool delete)
        {
        }

        public void OnClosed(ServerConnection connection)
        {
        }
    }
}
