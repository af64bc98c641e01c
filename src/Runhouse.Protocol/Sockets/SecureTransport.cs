using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Runhouse.Protocol.Sockets;

/// <summary>A connection under TLS as a pair of pipes. Its frames are read as those of a bare socket: by the thread that waits for it.</summary>
public sealed class SecureTransport : IDuplexPipe, IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly SslStream _secure;
    private readonly bool _hasThread;
    private int _isDisposed;

    /// <summary>Takes a connection whose handshake is over.</summary>
    /// <param name="secure">TLS over the socket; disposed with the transport.</param>
    /// <param name="socket">The socket.</param>
    public SecureTransport(SslStream secure, SocketStream socket)
    {
        ArgumentNullException.ThrowIfNull(secure);
        ArgumentNullException.ThrowIfNull(socket);
        _secure = secure;
        _hasThread = WaitingThreads.TryTake();
        socket.Settle(_hasThread);
        PipeReader reader = PipeReader.Create(secure, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true));
        Input = _hasThread ? new BlockingStreamReader(reader, socket) : reader;
        Output = new StreamWriter(secure, socket);
    }

    /// <summary>Takes a caller's connection that has been handed over, of which nothing was read, and makes its handshake.</summary>
    /// <param name="socket">The socket; disposed with the transport, and where the handshake fails.</param>
    /// <param name="certificate">What the caller is shown.</param>
    /// <param name="protocol">What the caller must have offered.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SecureTransport> AcceptAsync(Socket socket, SslStreamCertificateContext certificate, SslApplicationProtocol protocol, CancellationToken cancellationToken)
    {
        var stream = new SocketStream(socket);
        var secure = new SslStream(stream);
        try
        {
            var options = new SslServerAuthenticationOptions { ServerCertificateContext = certificate, ApplicationProtocols = [protocol] };
            await secure.AuthenticateAsServerAsync(options, cancellationToken).ConfigureAwait(false);

            // One that offers nothing at all would be let in otherwise.
            if (secure.NegotiatedApplicationProtocol != protocol)
                throw new AuthenticationException($"The caller did not offer {protocol}.");
            return new SecureTransport(secure, stream);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (_hasThread)
            WaitingThreads.Return();
        await _secure.DisposeAsync().ConfigureAwait(false);
        await Input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>The reading half: whoever cancels a read wakes the thread that waits for the socket.</summary>
    private sealed class BlockingStreamReader(PipeReader reader, SocketStream socket) : PipeReader, IBlockingReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => reader.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => reader.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

        public override void Complete(Exception? exception = null) => reader.Complete(exception);

        public override void CancelPendingRead()
        {
            reader.CancelPendingRead();
            socket.CancelPendingRead();
        }
    }

    /// <summary>The writing half.</summary>
    private sealed class StreamWriter(SslStream secure, SocketStream socket) : DirectWriter
    {
        public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            await secure.WriteAsync(source, cancellationToken).ConfigureAwait(false);
            return default;
        }

        public override void CancelPendingFlush() => socket.CancelPendingWrite();
    }
}
