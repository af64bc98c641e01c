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
    public async Task Frames_that_come_with_the_request_are_carried_to_the_worker_and_nobody_waits_for_them_at_its_other_socket()
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
        Assert.False(taking.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task A_request_that_comes_in_pieces_reaches_the_worker_one_way_or_the_other(int pieceBytes)
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket taking = Listen(SocketHandover.PathOf(reply.SocketPath));
        using Socket listener = Listen(reply.SocketPath);
        Task<Socket> taken = SocketHandover.IsSupported ? TakeAsync(taking) : new TaskCompletionSource<Socket>().Task;
        Task<Socket> accepted = listener.AcceptAsync();
        using Socket caller = await ConnectAsync(host);
        caller.NoDelay = true;
        byte[] request = Encoding.ASCII.GetBytes(Request(host, reply.WorkerId, "Upgrade", "runhouse/1"));
        foreach (byte[] piece in request.Chunk(pieceBytes))
            await SendAsync(caller, piece);
        await ReceiveHeadAsync(caller);
        await SendAsync(caller, "frames"u8.ToArray());
        using Socket worker = await await Task.WhenAny(taken, accepted);
        Assert.Equal("frames"u8.ToArray(), await ReceiveAsync(worker, 6));
    }

    [Fact]
    public async Task A_worker_that_does_not_take_a_connection_has_it_carried()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket taking = Listen(SocketHandover.PathOf(reply.SocketPath));
        using Socket listener = Listen(reply.SocketPath);
        using Socket caller = await UpgradeAsync(host, reply.WorkerId);

        // As one that has no descriptor left for it.
        (await taking.AcceptAsync()).Dispose();
        using Socket worker = await listener.AcceptAsync();
        await SendAsync(caller, "frames"u8.ToArray());
        Assert.Equal("frames"u8.ToArray(), await ReceiveAsync(worker, 6));
    }

    [Fact]
    public async Task A_carried_connection_whose_caller_does_not_read_ends_with_the_host()
    {
        // So long that it would be noticed.
        TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { StopTimeout = TimeSpan.FromHours(1) });
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        using Socket caller = await UpgradeAsync(host, reply.WorkerId);
        using Socket worker = await listener.AcceptAsync();
        byte[] piece = new byte[64 * 1024];
        worker.Blocking = false;
        while (true)
        {
            int sent = worker.Send(piece, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock && !worker.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
                break;
            Assert.True(sent > 0 || error == SocketError.WouldBlock, error.ToString());
        }

        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_worker_that_ends_while_it_is_given_a_connection_ends_that_connection()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        Socket caller;
        using (Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath)))
            caller = await UpgradeAsync(host, reply.WorkerId);
        using (caller)
            Assert.Equal(0, await caller.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_connection_that_was_refused_the_relay_ends_behind_the_answer()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await TestHost.StartAsync();
        using Socket caller = await ConnectAsync(host);
        await SendAsync(caller, Encoding.ASCII.GetBytes($"GET /v1/workers/none/relay HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Host.Credentials.Token}\r\n\r\n"));
        string head = await ReceiveHeadAsync(caller);
        Assert.StartsWith("HTTP/1.1 404", head, StringComparison.Ordinal);
        Assert.Contains("Connection: close", head, StringComparison.Ordinal);
        byte[] rest = new byte[16 * 1024];
        while (await caller.ReceiveAsync(rest) > 0)
        {
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_that_go_before_their_answer_leave_no_error_in_the_log(bool isTaken)
    {
        const int Callers = 20;
        TestHost host = await TestHost.StartAsync(keepsHome: true);
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        using Socket taking = Listen(isTaken ? SocketHandover.PathOf(reply.SocketPath) : reply.SocketPath + ".none");
        if (isTaken && SocketHandover.IsSupported)
            _ = TakeAllAsync(taking);
        for (int i = 0; i < Callers; i++)
        {
            var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            caller.Connect(IPAddress.Loopback, host.Client.BaseAddress!.Port);
            caller.Send(Encoding.ASCII.GetBytes(Request(host, reply.WorkerId, "Upgrade", "runhouse/1")));
            caller.LingerState = new LingerOption(true, 0);
            caller.Dispose();
        }

        using HttpResponseMessage status = await host.Client.GetAsync("v1/status", TestContext.Current.CancellationToken);
        status.EnsureSuccessStatusCode();
        await host.DisposeAsync();
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(host.Home, "logs", "host.log"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(lines, static line => line.Contains("Exception", StringComparison.Ordinal));
        Directory.Delete(host.Home, recursive: true);

        static async Task TakeAllAsync(Socket taking)
        {
            while (true)
                (await TakeAsync(taking)).Dispose();
        }
    }

    [Theory]
    [InlineData("/v1/workers/w1?x=/relay")]
    [InlineData("/v1/workers/../status?x=/relay")]
    [InlineData("/v1/workers/w1/w2/relay")]
    public async Task Other_requests_are_answered_on_connections_that_stay(string path)
    {
        await using TestHost host = await TestHost.StartAsync();
        using Socket caller = await ConnectAsync(host);
        await SendAsync(caller, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Host.Credentials.Token}\r\n\r\n"));
        Assert.DoesNotContain("Connection: close", await ReceiveHeadAsync(caller), StringComparison.Ordinal);
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
        Socket taken = Assert.IsType<Socket>(SocketHandover.Take(host, out bool isSecure));
        Assert.False(isSecure);
        await host.SendAsync(new byte[1]);
        return taken;
    }
}
