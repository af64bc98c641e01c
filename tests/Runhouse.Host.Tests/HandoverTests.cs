using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;
using static Runhouse.Host.Tests.Running.RelayCaller;

namespace Runhouse.Host.Tests;

/// <summary>Connections that come to the host's port without TLS and go on as the worker's own.</summary>
public sealed class HandoverTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    [Fact]
    public async Task A_connection_is_the_workers_own_and_goes_on_without_the_host()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        TestHost host = await TestHost.StartAsync();
        Socket caller;
        Socket worker;
        await using (host)
        {
            ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
            using Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath));
            caller = await UpgradeAsync(host, reply.WorkerId);
            worker = await TakeAsync(listener);
        }

        using (caller)
        using (worker)
        {
            byte[] sent = new byte[1_000_000];
            Random.Shared.NextBytes(sent);
            Task sending = SendAsync(caller, sent);
            Assert.Equal(sent, await ReceiveAsync(worker, sent.Length));
            await sending;
            await SendAsync(worker, sent.AsMemory(0, 1000));
            Assert.Equal(sent[..1000], await ReceiveAsync(caller, 1000));

            // Nobody holds it open but these two.
            worker.Dispose();
            Assert.Equal(0, await caller.ReceiveAsync(new byte[1]));
        }
    }

    [Fact]
    public async Task The_workers_end_of_a_connection_is_the_callers_while_the_host_is_there()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath));
        using Socket caller = await UpgradeAsync(host, reply.WorkerId);
        (await TakeAsync(listener)).Dispose();
        Assert.Equal(0, await caller.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task Frames_that_come_with_the_request_are_carried_to_the_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket taking = Listen(SocketHandover.PathOf(reply.SocketPath));
        using Socket listener = Listen(reply.SocketPath);
        using Socket caller = await ConnectAsync(host);
        await SendAsync(caller, Encoding.ASCII.GetBytes(Request(host, reply.WorkerId, "Upgrade", "runhouse/1") + "early"));
        using Socket worker = await listener.AcceptAsync();
        Assert.Equal("early"u8.ToArray(), await ReceiveAsync(worker, 5));
        await ReceiveHeadAsync(caller);
        await SendAsync(worker, "late"u8.ToArray());
        Assert.Equal("late"u8.ToArray(), await ReceiveAsync(caller, 4));
    }

    [Fact]
    public async Task A_request_that_comes_in_pieces_reaches_the_worker_as_well()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        using Socket caller = await ConnectAsync(host);
        string request = Request(host, reply.WorkerId, "Upgrade", "runhouse/1");
        await SendAsync(caller, Encoding.ASCII.GetBytes(request[..10]));
        await Task.Delay(100, TestContext.Current.CancellationToken);
        await SendAsync(caller, Encoding.ASCII.GetBytes(request[10..]));
        await ReceiveHeadAsync(caller);
        using Socket worker = await listener.AcceptAsync();
        await SendAsync(caller, "frames"u8.ToArray());
        Assert.Equal("frames"u8.ToArray(), await ReceiveAsync(worker, 6));
    }

    [Fact]
    public async Task A_worker_that_ends_while_it_is_given_a_connection_ends_that_connection()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket caller = await ConnectAsync(host);
        using (Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath)))
            await UpgradeAsync(caller, host, reply.WorkerId);
        Assert.Equal(0, await caller.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_connection_that_was_refused_the_relay_takes_the_next_request()
    {
        await using TestHost host = await TestHost.StartAsync();
        using Socket caller = await ConnectAsync(host);
        string authorization = $"Authorization: Bearer {host.Host.Credentials.Token}";
        await SendAsync(caller, Encoding.ASCII.GetBytes($"GET /v1/workers/none/relay HTTP/1.1\r\nHost: x\r\n{authorization}\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 404", await ReceiveHeadAsync(caller), StringComparison.Ordinal);
        await SendAsync(caller, Encoding.ASCII.GetBytes($"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{authorization}\r\n\r\n"));
        byte[] rest = new byte[16 * 1024];
        var text = new StringBuilder();
        int read;
        while ((read = await caller.ReceiveAsync(rest)) > 0)
            text.Append(Encoding.ASCII.GetString(rest, 0, read));
        Assert.Contains("HTTP/1.1 200", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_connections_at_once_each_reach_their_caller()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        const int Callers = 200;
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath));
        Task echoes = Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            using Socket worker = await TakeAsync(listener);
            await SendAsync(worker, await ReceiveAsync(worker, 4));
        }));
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async number =>
        {
            using Socket caller = await UpgradeAsync(host, reply.WorkerId);
            byte[] sent = BitConverter.GetBytes(number);
            await SendAsync(caller, sent);
            Assert.Equal(sent, await ReceiveAsync(caller, 4));
        }));
        await echoes;
    }

    private static async Task<Socket> TakeAsync(Socket listener)
    {
        using Socket host = await listener.AcceptAsync();
        await host.ReceiveAsync(Memory<byte>.Empty);
        return Assert.IsType<Socket>(SocketHandover.Take(host));
    }
}
