using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Runhouse.Runtime.Machines;

namespace Runhouse.Providers.Kubernetes.Streams;

/// <summary>A port on this machine's loopback address whose connections arrive at a port of a pod's, each over a connection of the API of its own.</summary>
internal sealed class PodForward : IDisposable
{
    private const byte Data = 0;
    private const byte Error = 1;

    // Each channel begins with the number of its port.
    private const int PortSize = 2;

    private readonly Func<int, CancellationToken, Task<ChannelSocket>> _connect;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();

    /// <summary>Listens.</summary>
    /// <param name="machine">The pod's name for messages.</param>
    /// <param name="port">The port to reach.</param>
    /// <param name="localPort">The port here; 0 lets the system choose.</param>
    /// <param name="connect">Opens a connection of the API to a port.</param>
    /// <exception cref="IOException">The port here cannot be opened.</exception>
    public PodForward(string machine, int port, int localPort, Func<int, CancellationToken, Task<ChannelSocket>> connect)
    {
        (_connect, Port) = (connect, port);
        _listener = LocalPort.Listen(machine, port, localPort);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _ = AcceptAsync();
    }

    /// <summary>Where connections are taken.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The port to reach.</summary>
    public int Port { get; }

    /// <summary>Ends it, and all its connections.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _end.Cancel();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // However it is closed, the accept ends with an exception.
                return;
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            try
            {
                using ChannelSocket channels = await _connect(Port, _end.Token).ConfigureAwait(false);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                Task sending = SendAsync(socket, channels, stop.Token);
                Task receiving = ReceiveAsync(channels, socket, stop.Token);

                // What the pod sends goes on after the end of what is sent to it, and nothing goes on after the end of what it sends.
                if (await Task.WhenAny(sending, receiving).ConfigureAwait(false) == receiving || sending.IsCompletedSuccessfully)
                    await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(sending, receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!receiving.IsCompletedSuccessfully)
                    Reset(socket);
            }
            catch (Exception e) when (e is RemoteException or OperationCanceledException)
            {
                // Whoever made the connection sees it end, and asks the API for the pod.
                Reset(socket);
            }
        }
    }

    private static void Reset(Socket socket) => socket.LingerState = new LingerOption(enable: true, seconds: 0);

    private static async Task SendAsync(Socket socket, ChannelSocket channels, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChannelSocket.MessageSize);
        buffer[0] = Data;
        try
        {
            int length;
            while ((length = await socket.ReceiveAsync(buffer.AsMemory(1, ChannelSocket.MessageSize - 1), SocketFlags.None, cancellationToken).ConfigureAwait(false)) > 0)
                await channels.SendAsync(buffer.AsMemory(0, 1 + length), cancellationToken).ConfigureAwait(false);
            await channels.CloseAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task ReceiveAsync(ChannelSocket channels, Socket socket, CancellationToken cancellationToken)
    {
        int head = PortSize;
        int errorHead = PortSize;
        while (await channels.ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } part)
        {
            if (part.Channel == Error && Skip(part.Data, ref errorHead) is { IsEmpty: false } refusal)
                throw new IOException(Encoding.UTF8.GetString(refusal.Span));
            if (part.Channel != Data)
                continue;
            ReadOnlyMemory<byte> data = Skip(part.Data, ref head);
            while (!data.IsEmpty)
                data = data[await socket.SendAsync(data, SocketFlags.None, cancellationToken).ConfigureAwait(false)..];
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> data, ref int head)
    {
        int skipped = Math.Min(head, data.Length);
        head -= skipped;
        return data[skipped..];
    }
}
