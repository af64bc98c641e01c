using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Sockets;
using Runhouse.Worker.TestApp;

namespace Runhouse.Worker.Tests.Processes;

public sealed class HandedOverConnectionTests
{
    /// <summary>More than a worker has threads for, so that the others are waited for in another way.</summary>
    private const int MoreThanThreads = 70;

    /// <summary>Nothing takes as long that comes at all.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Calls_are_made_over_a_connection_that_was_handed_over()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync(new SocketTransport(await GiveAsync(worker)));
        await CallAsync(connection);
    }

    [Fact]
    public async Task Calls_are_made_over_connections_that_were_handed_over_before_their_TLS()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();

        // More than there are threads for, with a certificate that is another one from some time on.
        using X509Certificate2 first = MakeCertificate();
        using X509Certificate2 second = MakeCertificate();
        List<ClientConnection> open = [];
        foreach (X509Certificate2 certificate in (X509Certificate2[])[first, second])
        {
            byte[] content = certificate.Export(X509ContentType.Pkcs12);
            for (int i = 0; i < MoreThanThreads / 2; i++)
                open.Add(await worker.ConnectAsync(await SecureAsync(await GiveAsync(worker, content), certificate)));
        }

        foreach (ClientConnection connection in open)
        {
            await CallAsync(connection);
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Those_who_say_nothing_under_TLS_leave_room_for_others_and_write_no_lines()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        using X509Certificate2 certificate = MakeCertificate();
        byte[] content = certificate.Export(X509ContentType.Pkcs12);
        List<Socket> silent = [];

        // As many as may be on their way in: the next one is left with the host, which asks for a token.
        while (silent.Count < 100 && await TryGiveAsync(worker, content) is { } one)
            silent.Add(one);

        // On a slow machine the first have been sent away before the last came.
        Assert.InRange(silent.Count, 32, 99);

        foreach (Socket socket in silent)
            socket.Dispose();

        // Once the worker has seen them go. Each time it waits for half a second, and they would be sent away after ten.
        Socket? next = null;
        for (int i = 0; next is null && i < 10; i++)
            next = await TryGiveAsync(worker, content);
        Assert.NotNull(next);
        ClientConnection connection = await worker.ConnectAsync(await SecureAsync(next, certificate));
        await CallAsync(connection);
        await connection.DisposeAsync();
        Assert.DoesNotContain("A connection failed", worker.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("was not taken", worker.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_offer_to_speak_with_this_worker_is_not_let_in()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        using X509Certificate2 certificate = MakeCertificate();
        byte[] content = certificate.Export(X509ContentType.Pkcs12);
        foreach (SslApplicationProtocol? offered in (SslApplicationProtocol?[])[null, WorkerProtocol.Of("another"), SslApplicationProtocol.Http11])
        {
            await using var secure = new SslStream(new NetworkStream(await GiveAsync(worker, content), ownsSocket: true));
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await secure.AuthenticateAsClientAsync(Options(certificate, offered), TestContext.Current.CancellationToken);
                await secure.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
            });
        }
    }

    [Fact]
    public async Task A_certificate_that_is_none_leaves_the_connection_with_the_host_and_a_line_in_the_log()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        (Socket near, Socket far) = await TcpPairAsync();
        using (near)
        using (far)
        using (Socket to = await worker.ConnectToGiveAsync())
        {
            SocketHandover.Give(to, near, isSecure: true);
            await SocketHandover.SendCertificateAsync(to, "no certificate"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.Equal(0, await to.ReceiveAsync(new byte[1]));
            await near.SendAsync("mine"u8.ToArray());
            Assert.Equal(4, await far.ReceiveAsync(new byte[8]));
        }

        using var patience = new CancellationTokenSource(Long);
        while (!worker.Log.Contains("was not taken, and is the host's to carry", StringComparison.Ordinal))
            await Task.Delay(10, patience.Token);
    }

    [Fact]
    public async Task A_caller_that_does_not_speak_TLS_ends_alone()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        await using var worker = await WorkerUnderTest.ServingAsync();
        using X509Certificate2 certificate = MakeCertificate();
        using (Socket far = await GiveAsync(worker, certificate.Export(X509ContentType.Pkcs12)))
        {
            await far.SendAsync("RHN1, and no TLS"u8.ToArray());
            byte[] answer = new byte[100];
            while (await far.ReceiveAsync(answer) > 0)
            {
            }
        }

        await using var connection = await worker.ConnectAsync();
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

    private static async Task<Socket> GiveAsync(WorkerUnderTest worker, byte[] certificate)
    {
        Socket? given = await TryGiveAsync(worker, certificate);
        Assert.NotNull(given);
        return given;
    }

    /// <summary>Null where the worker leaves the connection with the host.</summary>
    private static async Task<Socket?> TryGiveAsync(WorkerUnderTest worker, byte[] certificate)
    {
        (Socket near, Socket far) = await TcpPairAsync();
        using (near)
        {
            using Socket to = await worker.ConnectToGiveAsync();
            SocketHandover.Give(to, near, isSecure: true);
            await SocketHandover.SendCertificateAsync(to, certificate, TestContext.Current.CancellationToken);
            if (await to.ReceiveAsync(new byte[1]).WaitAsync(Long) == 1)
                return far;
            far.Dispose();
            return null;
        }
    }

    private static async Task<SecureTransport> SecureAsync(Socket socket, X509Certificate2 certificate)
    {
        var stream = new SocketStream(socket);
        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(Options(certificate, WorkerProtocol.Of(WorkerUnderTest.Id)), TestContext.Current.CancellationToken);
        return new SecureTransport(secure, stream);
    }

    private static SslClientAuthenticationOptions Options(X509Certificate2 certificate, SslApplicationProtocol? offered) => new()
    {
        TargetHost = "localhost",
        ApplicationProtocols = offered is { } protocol ? [protocol] : null,
        RemoteCertificateValidationCallback = (_, shown, _, _) => certificate.Equals(shown),
    };

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=worker", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
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
