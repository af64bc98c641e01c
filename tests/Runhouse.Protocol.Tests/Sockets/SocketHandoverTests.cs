using System.Net;
using System.Net.Sockets;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

public sealed class SocketHandoverTests
{
    private const int Many = 1_000;

    [Fact]
    public async Task A_socket_that_is_taken_is_the_same_connection()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        (Socket near, Socket far) = await TcpPairAsync();
        using (giver)
        using (taker)
        using (far)
        {
            SocketHandover.Give(giver, near);
            near.Dispose();
            using Socket taken = Assert.IsType<Socket>(SocketHandover.Take(taker, out _));
            Assert.Equal((AddressFamily.InterNetwork, SocketType.Stream, true), (taken.AddressFamily, taken.SocketType, taken.Connected));
            await taken.SendAsync("there"u8.ToArray());
            byte[] received = new byte[16];
            Assert.Equal(5, await far.ReceiveAsync(received));
            await far.SendAsync("back"u8.ToArray());
            Assert.Equal(4, await taken.ReceiveAsync(received));
            taken.Dispose();
            Assert.Equal(0, await far.ReceiveAsync(received));
        }
    }

    [Fact]
    public async Task What_TLS_is_to_be_spoken_with_comes_behind_the_socket()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        (Socket near, Socket far) = await TcpPairAsync();
        using (giver)
        using (taker)
        using (near)
        using (far)
        {
            byte[] certificate = [.. Enumerable.Range(0, 3000).Select(static i => (byte)i)];
            SocketHandover.Give(giver, near, isSecure: true);
            await SocketHandover.SendCertificateAsync(giver, certificate, TestContext.Current.CancellationToken);
            using Socket taken = Assert.IsType<Socket>(SocketHandover.Take(taker, out bool isSecure));
            Assert.True(isSecure);
            Assert.Equal(certificate, await SocketHandover.ReceiveCertificateAsync(taker, TestContext.Current.CancellationToken));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(int.MaxValue, 100)]
    [InlineData(100, 99)]
    public async Task A_certificate_that_does_not_come_or_cannot_be_one_is_an_error(int length, int sent)
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        using (taker)
        {
            await giver.SendAsync(new byte[][] { BitConverter.GetBytes(length), new byte[sent] }.SelectMany(static part => part).ToArray());
            giver.Dispose();
            await Assert.ThrowsAsync<IOException>(() => SocketHandover.ReceiveCertificateAsync(taker, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Whoever_brings_nothing_gives_nothing()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        using (taker)
        {
            using (giver)
            {
                await giver.SendAsync(new byte[1]);
                Assert.Null(SocketHandover.Take(taker, out _));
            }

            Assert.Null(SocketHandover.Take(taker, out _));
        }
    }

    [Fact]
    public async Task A_taker_that_is_gone_is_an_error_and_the_socket_stays()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        (Socket near, Socket far) = await TcpPairAsync();
        using (giver)
        using (near)
        using (far)
        {
            taker.Dispose();
            IOException error = Assert.Throws<IOException>(() => SocketHandover.Give(giver, near));
            Assert.Contains("could not be given", error.Message, StringComparison.Ordinal);
            await near.SendAsync(new byte[1]);
            Assert.Equal(1, await far.ReceiveAsync(new byte[1]));
        }
    }

    [Fact]
    public async Task A_stream_that_was_waited_for_asynchronously_is_not_to_be_given()
    {
        (Socket near, Socket far) = await TcpPairAsync();
        using (far)
        using (var stream = new SocketStream(near))
        {
            stream.Settle(blocks: false);
            byte[] received = new byte[16];
            await far.SendAsync(new byte[1]);
            near.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead);
            Assert.Equal(1, await stream.ReadAsync(received, TestContext.Current.CancellationToken));
            Assert.True(stream.CanGive);

            ValueTask<int> reading = stream.ReadAsync(received, TestContext.Current.CancellationToken);
            Assert.False(stream.CanGive);
            await far.SendAsync(new byte[2]);
            Assert.Equal(2, await reading);
        }
    }

    [Fact]
    public async Task No_descriptor_is_left_behind()
    {
        Assert.SkipUnless(SocketHandover.IsSupported, "Sockets are handed over on Linux.");
        (Socket giver, Socket taker) = await PairAsync();
        (Socket near, Socket far) = await TcpPairAsync();
        using (giver)
        using (taker)
        using (near)
        using (far)
        {
            int before = Descriptors();
            for (int i = 0; i < Many; i++)
            {
                SocketHandover.Give(giver, near);
                SocketHandover.Take(taker, out _)!.Dispose();
            }

            // Other tests open some meanwhile.
            Assert.InRange(Descriptors(), 0, before + (Many / 2));
        }
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private static Task<(Socket Near, Socket Far)> PairAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), $"rh-{Path.GetRandomFileName()}");
        return ConnectAsync(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified, () => File.Delete(path));
    }

    private static Task<(Socket Near, Socket Far)> TcpPairAsync() => ConnectAsync(new IPEndPoint(IPAddress.Loopback, 0), ProtocolType.Tcp, static () => { });

    private static async Task<(Socket Near, Socket Far)> ConnectAsync(EndPoint endPoint, ProtocolType protocol, Action clear)
    {
        using var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(endPoint);
        listener.Listen();
        var near = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        await near.ConnectAsync(listener.LocalEndPoint!);
        Socket far = await listener.AcceptAsync();
        clear();
        return (near, far);
    }
}
