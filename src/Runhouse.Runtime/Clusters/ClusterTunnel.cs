using System.Net;
using System.Net.Sockets;
using Runhouse.Runtime.Clusters;

namespace Runhouse;

/// <summary>
/// A port of this machine's loopback address that leads to a port of a host's, for as long as it is not disposed. Each connection takes the way to
/// the host as it is then: the tunnel outlives a way that was lost.
/// </summary>
public sealed class ClusterTunnel : IAsyncDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly Func<CancellationToken, ValueTask<EndPoint>> _resolve;
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener;
    private readonly Task _accepting;

    // Of the loop that accepts, and when that has ended, of whoever ends the tunnel.
    private readonly List<Task> _carried = [];

    private ClusterTunnel(Socket listener, int remotePort, Func<CancellationToken, ValueTask<EndPoint>> resolve)
    {
        (_listener, RemotePort, _resolve) = (listener, remotePort, resolve);
        LocalPort = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port on this machine.</summary>
    public int LocalPort { get; }

    /// <summary>The port on the host.</summary>
    public int RemotePort { get; }

    /// <summary>
    /// A connection through the tunnel was closed by the far side before a byte came back, or did not get there: as a rule nobody listens at that port of the host. Raised on a thread of the pool.
    /// </summary>
    public event EventHandler? Unanswered;

    /// <summary>Closes the tunnel and what goes through it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_carried).ConfigureAwait(false);
        _stop.Dispose();
    }

    internal static async Task<ClusterTunnel> OpenAsync(HostAddress host, int remotePort, int localPort, CancellationToken cancellationToken)
    {
        // Once before anybody waits at the port, so that a way that does not exist is told here.
        await host.ForwardAsync(remotePort, cancellationToken).ConfigureAwait(false);
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, localPort));
            listener.Listen();
        }
        catch (SocketException e)
        {
            listener.Dispose();
            throw new IOException($"Port {localPort} of this machine cannot be opened: {e.Message}. Choose another one, or 0 for any that is free.", e);
        }

        return new ClusterTunnel(listener, remotePort, token => host.ForwardAsync(remotePort, token));
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }

            _carried.RemoveAll(static one => one.IsCompletedSuccessfully);
            _carried.Add(CarryAsync(near));
        }
    }

    private async Task CarryAsync(Socket near)
    {
        using (near)
        {
            bool isOver = false;
            bool isAnswered = false;
            try
            {
                near.NoDelay = true;
                using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await far.ConnectAsync(await _resolve(_stop.Token).ConfigureAwait(false), _stop.Token).ConfigureAwait(false);

                // One end that is closed for sending leaves the other way open; one that fails takes both ways along.
                using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                Task asking = PumpAsync(near, far, broken, count => isOver |= count == 0);

                // Who asks for nothing, and closes, has no answer to miss.
                Task answering = PumpAsync(far, near, broken, count => isAnswered |= count > 0 || isOver);
                await Task.WhenAll(asking, answering).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or RemoteException or OperationCanceledException or ObjectDisposedException)
            {
                // Whoever connected sees its connection close, as with any port behind which nobody answers.
            }

            if (!isAnswered && !_stop.IsCancellationRequested)
                Unanswered?.Invoke(this, EventArgs.Empty);
        }
    }

    /// <summary>Carries one way; what has come, 0 for the end, is told before it goes on: what the other end does next comes behind it.</summary>
    private static async Task PumpAsync(Socket from, Socket to, CancellationTokenSource broken, Action<int> received)
    {
        try
        {
            byte[] buffer = new byte[BufferBytes];
            int read;
            do
            {
                read = await from.ReceiveAsync(buffer, broken.Token).ConfigureAwait(false);
                received(read);
                for (int sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), broken.Token).ConfigureAwait(false);
            }
            while (read > 0);

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await broken.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }
}
