using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>
/// A connection that asks for the relay, or in its TLS for a worker. It is read when Kestrel asks and not ahead, so that behind the upgrade the caller's frames are all still
/// to come and its socket can be the worker's. Since nobody reads ahead, nobody notices either that its caller has gone while a request runs: it serves one.
/// </summary>
internal sealed class RelayConnection : DefaultConnectionContext
{
    /// <summary>How long a worker may take to say that it has the connection.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static long _last;

    private readonly Socket _socket;
    private readonly SocketStream _stream;

    // Of its own and never disposed: the base's own Abort cancels, on a thread of the pool, what its DisposeAsync has disposed by then.
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">The socket; disposed with the connection.</param>
    /// <param name="worker">The worker that its TLS asks for; null without TLS.</param>
    public RelayConnection(Socket socket, string? worker)
        : base("relay-" + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture))
    {
        _socket = socket;
        Worker = worker;
        _stream = new SocketStream(socket);
        _stream.Settle(blocks: false);
        Transport = new Pipes(PipeReader.Create(_stream), new RelayOutput(_stream));
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        ConnectionClosed = _closed.Token;
        Features.Set(this);
    }

    /// <summary>The worker that its TLS asks for; null without TLS.</summary>
    public string? Worker { get; }

    /// <summary>Whether the connection can be the worker's behind the upgrade: nothing of what its caller says behind the request is here, or would wake this process.</summary>
    public bool CanGive
    {
        get
        {
            // What is encrypted between the caller and the host is carried.
            if (Worker is not null)
                return false;
            if (!Transport.Input.TryRead(out ReadResult early))
                return _stream.CanGive;

            // A caller that did not wait for the answer: what it said goes its way from here.
            Transport.Input.AdvanceTo(early.Buffer.Start);
            return false;
        }
    }

    /// <summary>Has a connection that gets another answer than the upgrade close behind it.</summary>
    public static Task CloseAfterAnswerAsync(HttpContext context, RequestDelegate next)
    {
        // The upgrade puts its own in its place.
        if (context.Features.Get<RelayConnection>() is not null)
            context.Response.Headers.Connection = "close";
        return next(context);
    }

    /// <summary>Gives the socket to a worker; false when it did not take it, and the connection is as it was.</summary>
    /// <param name="worker">Leads to where the worker takes it.</param>
    /// <param name="certificate">What the worker is to speak TLS with; empty without TLS.</param>
    /// <param name="cancellationToken">Stops waiting, when the host ends.</param>
    public async Task<bool> TryGiveAsync(Socket worker, ReadOnlyMemory<byte> certificate, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            _stream.Give(worker, isSecure: !certificate.IsEmpty);
            if (!certificate.IsEmpty)
                await SocketHandover.SendCertificateAsync(worker, certificate, patience.Token).ConfigureAwait(false);
            if (await worker.ReceiveAsync(new byte[1], patience.Token).ConfigureAwait(false) == 0)
                return false;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It ends, or has no room for one more.
            return false;
        }
        catch (OperationCanceledException)
        {
            // It may have it or not: either way it is not the host's any more.
        }

        _stream.Abandon();
        return true;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already, or is the worker's.
        }

        _ = _closed.CancelAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        // With an error, so that what is left is not sent.
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync(new IOException("The connection is over.")).ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Says of a connection that has ended that nobody reads any more, as Kestrel wants to be told it.</summary>
    private sealed class RelayOutput(Stream stream) : PipeWriter
    {
        private static readonly FlushResult Ended = new(isCanceled: false, isCompleted: true);

        private readonly PipeWriter _writer = Create(stream);

        public override bool CanGetUnflushedBytes => _writer.CanGetUnflushedBytes;

        public override long UnflushedBytes => _writer.UnflushedBytes;

        public override void Advance(int bytes) => _writer.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _writer.GetSpan(sizeHint);

        public override void CancelPendingFlush() => _writer.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => _writer.Complete(exception);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException)
            {
                return Ended;
            }
        }
    }
}
