using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

public sealed class SecureTransportTests
{
    private static readonly X509Certificate2 Certificate = MakeCertificate();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_travel_both_ways_at_once()
    {
        (SecureTransport near, SslStream far) = await PairAsync();
        await using SecureTransport nearEnd = near;
        await using SslStream farEnd = far;
        byte[] sent = new byte[5_000_000];
        Random.Shared.NextBytes(sent);

        Task echo = Task.Run(() => EchoAsync(far, sent.Length), Token);
        Task writing = Task.Run(async () => await near.Output.WriteAsync(sent, Token), Token);
        ReadResult read = await near.Input.ReadAtLeastAsync(sent.Length, Token);
        Assert.Equal(sent, read.Buffer.ToArray());
        await writing;
        await echo;
    }

    [Fact]
    public async Task A_read_with_a_token_gives_up_with_it()
    {
        (SecureTransport near, SslStream far) = await PairAsync();
        await using SecureTransport nearEnd = near;
        await using SslStream farEnd = far;
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => near.Input.ReadAsync(soon.Token).AsTask());
    }

    [Fact]
    public async Task A_write_to_a_far_side_that_does_not_read_ends_when_it_is_cancelled()
    {
        (SecureTransport near, SslStream far) = await PairAsync();
        await using SecureTransport nearEnd = near;
        await using SslStream farEnd = far;
        Task<FlushResult> writing = Task.Run(async () => await near.Output.WriteAsync(new byte[64 << 20], CancellationToken.None), Token);
        await far.ReadExactlyAsync(new byte[1], Token);
        near.Output.CancelPendingFlush();
        await Assert.ThrowsAsync<IOException>(() => writing);
    }

    private static async Task EchoAsync(SslStream stream, int length)
    {
        byte[] buffer = new byte[64 * 1024];
        for (int left = length; left > 0;)
        {
            int read = await stream.ReadAsync(buffer, Token);
            await stream.WriteAsync(buffer.AsMemory(0, read), Token);
            left -= read;
        }
    }

    private static async Task<(SecureTransport Near, SslStream Far)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<Socket> accepting = listener.AcceptAsync(Token).AsTask();
        SocketStream socket = await SocketStream.ConnectAsync(listener.LocalEndPoint!, Token);
        var far = new SslStream(new NetworkStream(await accepting, ownsSocket: true));
        var near = new SslStream(socket);
        var options = new SslClientAuthenticationOptions { TargetHost = "near", RemoteCertificateValidationCallback = static (_, shown, _, _) => Certificate.Equals(shown) };
        await Task.WhenAll(
            far.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, Token),
            near.AuthenticateAsClientAsync(options, Token));
        return (new SecureTransport(near, socket), far);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=near", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
