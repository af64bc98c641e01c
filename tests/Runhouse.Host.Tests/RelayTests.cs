using System.Net.Sockets;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;
using static Runhouse.Host.Tests.Running.RelayCaller;

namespace Runhouse.Host.Tests;

public sealed class RelayTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    [Fact]
    public async Task Bytes_travel_both_ways_unchanged_and_the_end_of_the_caller_reaches_the_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        Task echo = EchoAsync(reply.SocketPath);
        byte[] sent = new byte[5_000_000];
        Random.Shared.NextBytes(sent);

        using Socket caller = await UpgradeAsync(host, reply.WorkerId);
        Task sending = SendAsync(caller, sent);
        byte[] received = await ReceiveAsync(caller, sent.Length);
        await sending;
        Assert.Equal(sent, received);

        caller.Shutdown(SocketShutdown.Send);
        await echo;
    }

    [Fact]
    public async Task More_callers_than_the_host_keeps_threads_for_are_served_alike()
    {
        const int Callers = 100;
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        Task echo = EchoAsync(reply.SocketPath, Callers);
        var callers = new List<Socket>();
        for (int i = 0; i < Callers; i++)
            callers.Add(await UpgradeAsync(host, reply.WorkerId));
        await Task.WhenAll(callers.Select(async caller =>
        {
            byte[] sent = new byte[300_000];
            Random.Shared.NextBytes(sent);
            Task sending = SendAsync(caller, sent);
            Assert.Equal(sent, await ReceiveAsync(caller, sent.Length));
            await sending;
        }));

        foreach (Socket caller in callers)
            caller.Shutdown(SocketShutdown.Send);
        await echo;
        foreach (Socket caller in callers)
            caller.Dispose();
    }

    [Fact]
    public async Task A_caller_that_vanishes_is_seen_by_the_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        Task echo = EchoAsync(reply.SocketPath);
        Socket caller = await UpgradeAsync(host, reply.WorkerId);
        caller.LingerState = new LingerOption(true, 0);
        caller.Dispose();
        await echo;
    }

    [Fact]
    public async Task Bytes_sent_just_before_the_caller_closes_reach_the_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        using (Socket caller = await UpgradeAsync(host, reply.WorkerId))
        {
            await SendAsync(caller, new byte[100_000]);
            caller.Shutdown(SocketShutdown.Send);
            using Socket worker = await listener.AcceptAsync();
            Assert.Equal(100_000, (await ReceiveAsync(worker, 100_000)).Length);
            Assert.Equal(0, await worker.ReceiveAsync(new byte[1]));
        }
    }

    [Fact]
    public async Task A_worker_that_does_not_listen_is_an_answer_that_says_so()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        string answer = await host.SendRawAsync(Request(host, reply.WorkerId, "Upgrade", "runhouse/1"));
        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains(reply.WorkerId, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("close", "runhouse/1")]
    [InlineData("Upgrade, close", "websocket")]
    public async Task A_request_without_the_upgrade_is_refused(string connection, string upgrade)
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        string answer = await host.SendRawAsync(Request(host, reply.WorkerId, connection, upgrade));
        Assert.StartsWith("HTTP/1.1 422", answer, StringComparison.Ordinal);
    }

    // Stands in for the worker's socket: the scripted worker cannot listen.
    private static async Task EchoAsync(string path, int callers = 1)
    {
        using Socket listener = Listen(path);
        List<Task> echoes = [];
        for (int i = 0; i < callers; i++)
            echoes.Add(EchoAsync(await listener.AcceptAsync()));
        await Task.WhenAll(echoes);
    }

    private static async Task EchoAsync(Socket accepted)
    {
        using Socket worker = accepted;
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await worker.ReceiveAsync(buffer)) > 0)
            await SendAsync(worker, buffer.AsMemory(0, read));
    }
}
