using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Relay;

/// <summary>
/// A connection that asks for the relay. It is read when Kestrel asks and not ahead, so that behind the upgrade the caller's frames are all still
/// to come and its socket can be the worker's.
/// </summary>
internal sealed class RelayConnection : DefaultConnectionContext
{
    private static long _last;

    private readonly Socket _socket;
    private readonly SocketStream _stream;

    /// <summary>Takes a connected socket.</summary>
    /// <param name="socket">The socket; disposed with the connection.</param>
    public RelayConnection(Socket socket)
        : base("relay-" + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture))
    {
        _socket = socket;
        _stream = new SocketStream(socket);
        _stream.Settle(blocks: false);
        Transport = new Pipes(PipeReader.Create(_stream), PipeWriter.Create(_stream));
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        Features.Set(this);
    }

    /// <summary>Gives the socket to a worker; false when it cannot be, and the connection is as it was.</summary>
    /// <param name="worker">Leads to where the worker takes it.</param>
    public bool TryGive(Socket worker)
    {
        if (Transport.Input.TryRead(out ReadResult early))
        {
            // A caller that did not wait for the answer: what it said is here, and goes its way from here.
            Transport.Input.AdvanceTo(early.Buffer.Start);
            return false;
        }

        try
        {
            _stream.Give(worker);
            return true;
        }
        catch (IOException)
        {
            // It ends, which its caller finds out in the usual way.
            return false;
        }
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

        base.Abort(abortReason);
    }

    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
