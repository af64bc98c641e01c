using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// A socket as a stream, for what stands between it and the frames: the handshake of a relay, and TLS. The engine of asynchronous sockets
/// is not asked, so that the read loop's own thread can wait for the socket afterwards, as it does for one without a stream.
/// </summary>
public sealed class SocketStream : Stream
{
    private readonly Socket _socket;
    private readonly BlockingSocketWriter _writer;
    private Waiting _waiting;
    private bool _isDetached;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">The socket; disposed with the stream.</param>
    public SocketStream(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        socket.Blocking = false;
        _writer = new BlockingSocketWriter(socket);
    }

    /// <summary>How a read waits.</summary>
    private enum Waiting
    {
        /// <summary>By looking every so often.</summary>
        InHandshake,

        /// <summary>With its thread, if that is a reader's; what comes before the frames is waited for as in the handshake.</summary>
        Blocking,

        /// <summary>With the engine of asynchronous sockets.</summary>
        Asynchronous,
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Connects over TCP.</summary>
    /// <param name="endPoint">Where.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SocketStream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // On a thread of its own, which an asynchronous one would not need, but for the engine.
            Task connecting = Task.Factory.StartNew(() => socket.Connect(endPoint), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

            // When it is given up it ends with the socket, and its failure is nobody's any more.
            _ = connecting.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new SocketStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether the socket can be given to another process. Not once the engine of asynchronous sockets was asked for it: it would go on waking this process for all that comes.</summary>
    public bool CanGive { get; private set; } = true;

    /// <summary>Gives the socket to another process; <see cref="Abandon"/> follows once that has it.</summary>
    /// <param name="to">Leads to that process.</param>
    /// <param name="isSecure">Whether TLS comes over it, of which nothing was read.</param>
    /// <exception cref="IOException">It takes none.</exception>
    public void Give(Socket to, bool isSecure) => SocketHandover.Give(to, _socket, isSecure);

    /// <summary>The socket is another process's: the stream is over, and reads and writes nothing more.</summary>
    public void Abandon()
    {
        _isDetached = true;
        _writer.Complete();
        _socket.Dispose();
    }

    /// <summary>Gives the socket to a transport, whose it is from now on; the stream is over.</summary>
    public SocketTransport Detach()
    {
        var transport = new SocketTransport(_socket);
        _isDetached = true;
        _writer.Complete();
        return transport;
    }

    /// <summary>The handshake is over.</summary>
    /// <param name="blocks">Whether a read keeps its thread until something has come.</param>
    public void Settle(bool blocks) => _waiting = blocks ? Waiting.Blocking : Waiting.Asynchronous;

    /// <summary>Ends a write that waits; there will be no other.</summary>
    internal void CancelPendingWrite() => _writer.CancelPendingFlush();

    /// <summary>Wakes a read that keeps its thread; there will be no other.</summary>
    internal void CancelPendingRead()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already, which wakes it as well.
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var handshake = new HandshakeWait();
        while (!_isDetached)
        {
            int received = _socket.Receive(buffer.Span, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
                return received;
            if (error != SocketError.WouldBlock)
                throw new IOException($"The connection broke off: {new SocketException((int)error).Message}", new SocketException((int)error));
            if (_waiting == Waiting.Blocking && ReaderThread.IsCurrent)
                _socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead);
            else if (_waiting == Waiting.Asynchronous)
                await WaitAsync(cancellationToken).ConfigureAwait(false);
            else
                await handshake.PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDetached, this);
        FlushResult sent = await _writer.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (sent.IsCanceled)
            throw new IOException("The connection was given up.");
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
        // What is written has been sent.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw Synchronous();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw Synchronous();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDetached)
        {
            _writer.Complete();
            _socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        CanGive = false;
        try
        {
            await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw new IOException($"The connection broke off: {error.Message}", error);
        }
    }

    private static NotSupportedException Synchronous() => new("The stream is read and written asynchronously.");
}
