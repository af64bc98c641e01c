using System.Buffers;
using System.Net.WebSockets;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>A WebSocket whose messages begin with the number of a channel, as kubelets serve it.</summary>
/// <param name="socket">The socket.</param>
/// <param name="aborted">Is cancelled when the connection is gone.</param>
internal sealed class ChannelSocket(WebSocket socket, CancellationToken aborted) : IDisposable
{
    /// <summary>The protocol that is spoken.</summary>
    public const string Protocol = "v4.channel.k8s.io";

    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>The next message; null when the other side has closed the connection, or it is gone.</summary>
    public async Task<(byte Channel, ReadOnlyMemory<byte> Data)?> ReceiveAsync()
    {
        int length = 0;
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await socket.ReceiveAsync(_buffer.AsMemory(length), aborted);
                if (part.MessageType == WebSocketMessageType.Close)
                    return null;
                length += part.Count;
                if (part.EndOfMessage)
                    return (_buffer[0], _buffer.AsMemory(1, length - 1));
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Sends a message; nothing happens when the connection is gone.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="data">What is sent.</param>
    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> data)
    {
        byte[] message = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        message[0] = channel;
        data.CopyTo(message.AsMemory(1));
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(message.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, aborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // Whoever reads finds out too.
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>Sends all that a stream has.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="from">The stream.</param>
    public async Task SendAllAsync(byte channel, Stream from)
    {
        byte[] buffer = new byte[32 << 10];
        int length;
        while ((length = await from.ReadAsync(buffer)) > 0)
            await SendAsync(channel, buffer.AsMemory(0, length));
    }

    /// <summary>Closes the connection.</summary>
    public async Task CloseAsync()
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, aborted);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // It is closed.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sending.Dispose();
        socket.Dispose();
    }
}
