using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;
using static Runhouse.Host.Tests.Running.RelayCaller;

namespace Runhouse.Host.Tests;

/// <summary>Connections that come to the host's port with TLS, whose handshake is the worker's.</summary>
public sealed class SecureHandoverTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_is_the_workers_own_before_its_handshake_and_goes_on_without_the_host()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        TestHost host = await StartAsync();
        SslStream caller;
        SslStream worker;
        await using (host)
        {
            ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
            using Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath));
            Task<SslStream> taking = TakeAsync(listener, reply.WorkerId);
            caller = await CallerAsync(host, reply.WorkerId);
            Assert.Equal(WorkerProtocol.Of(reply.WorkerId), caller.NegotiatedApplicationProtocol);
            worker = await taking;
            Assert.Equal(host.Host.Credentials.Status().Fingerprint, Fingerprint(caller.RemoteCertificate));
        }

        await using (caller)
        await using (worker)
        {
            await caller.WriteAsync("frames"u8.ToArray(), Token);
            byte[] received = new byte[6];
            await worker.ReadExactlyAsync(received, Token);
            Assert.Equal("frames"u8.ToArray(), received);
            await worker.WriteAsync("answer"u8.ToArray(), Token);
            await caller.ReadExactlyAsync(received, Token);
            Assert.Equal("answer"u8.ToArray(), received);
        }
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_is_the_one_that_the_next_caller_is_shown()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(SocketHandover.PathOf(reply.SocketPath));
        string before = host.Host.Credentials.Status().Fingerprint!;
        host.Host.Credentials.Rotate();
        Task<SslStream> taking = TakeAsync(listener, reply.WorkerId);
        await using SslStream caller = await CallerAsync(host, reply.WorkerId);
        Assert.Equal(WorkerProtocol.Of(reply.WorkerId), caller.NegotiatedApplicationProtocol);
        await using SslStream worker = await taking;
        Assert.Equal(host.Host.Credentials.Status().Fingerprint, Fingerprint(caller.RemoteCertificate));
        Assert.NotEqual(before, Fingerprint(caller.RemoteCertificate));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_that_does_not_take_a_connection_has_it_carried(bool isAsked)
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using TestHost host = await StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        using Socket taking = Listen(isAsked ? SocketHandover.PathOf(reply.SocketPath) : reply.SocketPath + ".none");
        Task refusing = isAsked ? RefuseAsync(taking) : Task.CompletedTask;
        await using SslStream caller = await CallerAsync(host, reply.WorkerId);
        Assert.Equal(SslApplicationProtocol.Http11, caller.NegotiatedApplicationProtocol);
        await refusing.WaitAsync(TimeSpan.FromMinutes(1), Token);
        await caller.WriteAsync(Encoding.ASCII.GetBytes(Request(host, reply.WorkerId, "Upgrade", "runhouse/1")), Token);
        Assert.StartsWith("HTTP/1.1 101", await ReceiveHeadAsync(caller), StringComparison.Ordinal);
        using Socket worker = await listener.AcceptAsync(Token);
        byte[] sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        Task sending = caller.WriteAsync(sent, Token).AsTask();
        Assert.Equal(sent, await ReceiveAsync(worker, sent.Length));
        await sending;
        await SendAsync(worker, "answer"u8.ToArray());
        byte[] received = new byte[6];
        await caller.ReadExactlyAsync(received, Token);
        Assert.Equal("answer"u8.ToArray(), received);

        // One after the other: the worker's end is the caller's.
        worker.Dispose();
        Assert.Equal(0, await caller.ReadAsync(received, Token));
    }

    [Fact]
    public async Task A_worker_that_nobody_knows_is_an_answer_in_HTTP()
    {
        await using TestHost host = await StartAsync();
        await using SslStream caller = await CallerAsync(host, "0123456789ab");
        Assert.Equal(SslApplicationProtocol.Http11, caller.NegotiatedApplicationProtocol);
        await caller.WriteAsync(Encoding.ASCII.GetBytes(Request(host, "0123456789ab", "Upgrade", "runhouse/1")), Token);
        Assert.StartsWith("HTTP/1.1 404", await ReceiveHeadAsync(caller), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_carried_connection_whose_caller_does_not_read_ends_with_the_host()
    {
        // So long that it would be noticed.
        TestHost host = await StartAsync(TimeSpan.FromHours(1));
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync(Serve));
        using Socket listener = Listen(reply.SocketPath);
        await using SslStream caller = await CallerAsync(host, reply.WorkerId);
        await caller.WriteAsync(Encoding.ASCII.GetBytes(Request(host, reply.WorkerId, "Upgrade", "runhouse/1")), Token);
        await ReceiveHeadAsync(caller);
        using Socket worker = await listener.AcceptAsync(Token);
        byte[] piece = new byte[64 * 1024];
        worker.Blocking = false;
        while (true)
        {
            int sent = worker.Send(piece, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock && !worker.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
                break;
            Assert.True(sent > 0 || error == SocketError.WouldBlock, error.ToString());
        }

        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token);
    }

    private static Task<TestHost> StartAsync(TimeSpan? stopTimeout = null)
    {
        var settings = TestHost.NewSettings() with { Tls = true };
        return TestHost.StartAsync(stopTimeout is { } timeout ? settings with { StopTimeout = timeout } : settings);
    }

    private static async Task<SslStream> CallerAsync(TestHost host, string worker)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, Token);
        var caller = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await caller.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = [WorkerProtocol.Of(worker), SslApplicationProtocol.Http11],

                // As callers know it: by the fingerprint.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => Fingerprint(certificate) == host.Host.Credentials.Status().Fingerprint,
            },
            Token);
        return caller;
    }

    /// <summary>As a worker does.</summary>
    private static async Task<SslStream> TakeAsync(Socket listener, string id)
    {
        using Socket host = await listener.AcceptAsync(Token);
        await host.ReceiveAsync(Memory<byte>.Empty, Token);
        Socket taken = Assert.IsType<Socket>(SocketHandover.Take(host, out bool isSecure));
        Assert.True(isSecure);
        X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(await SocketHandover.ReceiveCertificateAsync(host, Token), password: null);
        await host.SendAsync(new byte[1], Token);
        var worker = new SslStream(new NetworkStream(taken, ownsSocket: true));
        await worker.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [WorkerProtocol.Of(id)] }, Token);
        return worker;
    }

    /// <summary>As one that has no descriptor left for it.</summary>
    private static async Task RefuseAsync(Socket listener) => (await listener.AcceptAsync(Token)).Dispose();

    private static string Fingerprint(X509Certificate? certificate) => certificate!.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();

    private static async Task<string> ReceiveHeadAsync(SslStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Token);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
