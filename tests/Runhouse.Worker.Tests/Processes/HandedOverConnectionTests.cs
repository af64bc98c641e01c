using System.Net;
using System.Net.Sockets;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;
using Runhouse.Worker.TestApp;

namespace Runhouse.Worker.Tests.Processes;

public sealed class HandedOverConnectionTests
{
    /// <summary>More than a worker has threads for, so that the others are waited for in another way.</summary>
    private const int MoreThanThreads = 70;

    [Fact]
    public async Task Calls_are_made_over_a_connection_that_was_handed_over()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync(new SocketTransport(await GiveAsync(worker)));
        await CallAsync(connection);
    }

    [Fact]
    public async Task Those_that_are_dead_when_they_are_handed_over_end_alone()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        List<ClientConnection> open = [];
        for (int i = 0; i < MoreThanThreads; i++)
            open.Add(await worker.ConnectAsync());
        for (int i = 0; i < 10; i++)
        {
            (Socket near, Socket far) = await TcpPairAsync();
            far.LingerState = new LingerOption(true, 0);
            far.Dispose();
            await GiveAsync(worker, near);
        }

        await using (var connection = await worker.ConnectAsync(new SocketTransport(await GiveAsync(worker))))
            await CallAsync(connection);
        foreach (ClientConnection connection in open)
        {
            await CallAsync(connection);
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Those_who_come_and_bring_nothing_hold_up_nobody()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        List<Socket> silent = [];
        for (int i = 0; i < 200; i++)
            silent.Add(await worker.ConnectToGiveAsync());

        // Each of them would be waited for for two seconds: more than the time of this test.
        await using (var connection = await worker.ConnectAsync(new SocketTransport(await GiveAsync(worker).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken))))
            await CallAsync(connection);

        // And in the end sent away.
        foreach (Socket socket in silent)
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
            socket.Dispose();
        }
    }

    private static async Task CallAsync(ClientConnection connection) => await connection.CallAsync(AppContract.Gate, 0);

    private static async Task<Socket> GiveAsync(WorkerUnderTest worker)
    {
        (Socket near, Socket far) = await TcpPairAsync();
        await GiveAsync(worker, near);
        return far;
    }

    private static async Task GiveAsync(WorkerUnderTest worker, Socket given)
    {
        using (given)
        {
            using Socket to = await worker.ConnectToGiveAsync();
            SocketHandover.Give(to, given);
            Assert.Equal(1, await to.ReceiveAsync(new byte[1]));
        }
    }

    private static async Task<(Socket Near, Socket Far)> TcpPairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await far.ConnectAsync(listener.LocalEndPoint!);
        return (await listener.AcceptAsync(), far);
    }
}
