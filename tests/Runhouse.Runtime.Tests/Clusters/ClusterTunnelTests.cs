using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Tests.Clusters;

public sealed class ClusterTunnelTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);

    public ClusterTunnelTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_connection_that_breaks_at_one_end_is_closed_at_the_other()
    {
        await using ClusterTunnel tunnel = await OpenAsync();
        (Socket near, Socket far) = await ConnectAsync(tunnel);
        using (far)
        {
            near.LingerState = new LingerOption(true, 0);
            near.Dispose();
            Assert.True(await IsClosedAsync(far));
        }
    }

    [Fact]
    public async Task One_end_that_has_said_all_still_gets_the_answer()
    {
        await using ClusterTunnel tunnel = await OpenAsync();
        (Socket near, Socket far) = await ConnectAsync(tunnel);
        using (near)
        using (far)
        {
            near.Shutdown(SocketShutdown.Send);
            Assert.True(await IsClosedAsync(far));
            await far.SendAsync(new byte[] { 7 }, Stop);
            byte[] answer = new byte[1];
            Assert.Equal(1, await near.ReceiveAsync(answer, Stop).AsTask().WaitAsync(Patience, Stop));
        }
    }

    [Fact]
    public async Task A_tunnel_that_is_closed_closes_what_goes_through_it()
    {
        ClusterTunnel tunnel = await OpenAsync();
        (Socket near, Socket far) = await ConnectAsync(tunnel);
        using (near)
        using (far)
        {
            await tunnel.DisposeAsync();
            Assert.True(near.Poll(0, SelectMode.SelectRead));
            Assert.True(far.Poll(0, SelectMode.SelectRead));
        }
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], Stop).AsTask().WaitAsync(Patience, Stop) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private Task<ClusterTunnel> OpenAsync()
        => ClusterTunnel.OpenAsync(new HostAddress(new Uri("http://127.0.0.1:1"), "token", "id", "test"), ((IPEndPoint)_listener.LocalEndPoint!).Port, localPort: 0, Stop);

    private async Task<(Socket Near, Socket Far)> ConnectAsync(ClusterTunnel tunnel)
    {
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await near.ConnectAsync(IPAddress.Loopback, tunnel.LocalPort, Stop);
        Socket far = await _listener.AcceptAsync(Stop).AsTask().WaitAsync(Patience, Stop);
        await near.SendAsync(new byte[] { 1 }, Stop);
        Assert.Equal(1, await far.ReceiveAsync(new byte[1], Stop).AsTask().WaitAsync(Patience, Stop));
        return (near, far);
    }
}
