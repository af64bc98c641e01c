using System.Net.WebSockets;

namespace Runhouse.Providers.Kubernetes.Streams;

/// <summary>
/// A connection of the API that carries several streams: a WebSocket of the protocol <c>v4.channel.k8s.io</c>, whose messages begin with the number of a channel. One reads and one writes
/// at a time.
/// </summary>
/// <param name="socket">The WebSocket.</param>
internal sealed class ChannelSocket(WebSocket socket) : IDisposable
{
    /// <summary>The protocol that is spoken.</summary>
    public const string Protocol = "v4.channel.k8s.io";

    /// <summary>The most bytes of a message, its channel among them. Servers read a message as a whole.</summary>
    public const int MessageSize = 64 << 10;

    private readonly byte[] _received = new byte[MessageSize];
    private byte _channel;
    private bool _isWithin;

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message; its first byte is the channel.</param>
    /// <param name="cancellationToken">Stops waiting; the connection is of no use then.</param>
    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
        => socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);

    /// <summary>Waits for the next bytes of a channel, which are good until the next are waited for.</summary>
    /// <param name="cancellationToken">Stops waiting; the connection is of no use then.</param>
    /// <returns>The channel and the bytes, of which there may be none; null when the other side has closed the connection.</returns>
    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public async ValueTask<(byte Channel, ReadOnlyMemory<byte> Data)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(_received.AsMemory(), cancellationToken).ConfigureAwait(false);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            ReadOnlyMemory<byte> data = _received.AsMemory(0, part.Count);
            bool isFirst = !_isWithin && part.Count > 0;
            if (isFirst)
                (_channel, data) = (_received[0], data[1..]);
            _isWithin = !part.EndOfMessage && (_isWithin || isFirst);
            if (isFirst || !data.IsEmpty)
                return (_channel, data);
        }
    }

    /// <summary>Says that nothing more is sent.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public Task CloseAsync(CancellationToken cancellationToken) => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, cancellationToken);

    /// <summary>Cuts the connection.</summary>
    public void Dispose()
    {
        socket.Abort();
        socket.Dispose();
    }
}
