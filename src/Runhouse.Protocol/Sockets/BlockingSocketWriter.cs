using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Runhouse.Protocol.Sockets;

/// <summary>Sends what it is given, without a buffer of its own, over a socket that is read by a <see cref="BlockingSocketReader"/>.</summary>
/// <param name="socket">The socket; stays the transport's.</param>
internal sealed class BlockingSocketWriter(Socket socket) : DirectWriter
{
    private const int SpinsBetweenTries = 20;

    /// <summary>What the socket may hold of one call; the kernel allows what it is configured to. Over a network it finds its own size.</summary>
    private const int MoreBytes = 1024 * 1024;

    /// <summary>How long it tries before it waits: the far side is most often just reading.</summary>
    private static readonly long TryTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 50_000 : 0;

    private readonly WriteWaiter _waiter = new(socket);
    private readonly SharedSender? _shared = socket.AddressFamily == AddressFamily.Unix && DescriptorMessage.IsSupported ? new SharedSender(socket) : null;
    private int _usualBytes;
    private volatile bool _isCancelled;

    /// <summary>
    /// Whether the socket may hold more than it does by itself, which is little between two processes of one machine: sender and reader then wait
    /// for each other less often, and what is written behind it waits longer.
    /// </summary>
    public bool HoldsMore
    {
        get;
        set
        {
            if (field == value || socket.AddressFamily != AddressFamily.Unix)
                return;
            field = value;
            try
            {
                if (_usualBytes == 0)
                    _usualBytes = socket.SendBufferSize;

                // Linux takes twice what it is told, and tells that.
                socket.SendBufferSize = value ? MoreBytes : OperatingSystem.IsLinux() ? _usualBytes / 2 : _usualBytes;
            }
            catch (SocketException)
            {
                // A system that does not let itself be told: it sends all the same.
            }
        }
    }

    /// <summary>How much of the session's bytes the far side says, by memory that both share, that it has received; 0 where it says nothing.</summary>
    public long Received => _shared?.Received ?? 0;

    /// <summary>Large pieces of one call may go by memory that both sides share: the far side expects them.</summary>
    public void Share()
    {
        if (_shared is not null)
            _shared.IsAgreed = true;
    }

    /// <summary>Gives memory back that is not needed now: for a while nothing has come. From any thread.</summary>
    public void Rest() => _shared?.Rest();

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        long until = 0;
        while (!source.IsEmpty || _shared is { OwesAnnouncement: true })
        {
            if (_isCancelled)
                return new(new FlushResult(isCanceled: true, isCompleted: false));
            SocketError error;
            int sent = _shared is null ? socket.Send(source.Span, SocketFlags.None, out error) : _shared.Send(source.Span, HoldsMore, out error);
            if (error == SocketError.Success)
            {
                (source, until) = (source[sent..], 0);
                continue;
            }

            if (error != SocketError.WouldBlock)
                return ValueTask.FromException<FlushResult>(new IOException($"The connection broke off: {new SocketException((int)error).Message}", new SocketException((int)error)));
            long now = Stopwatch.GetTimestamp();
            until = until == 0 ? now + TryTicks : until;
            if (now >= until)
                return WaitAsync(source, cancellationToken);
            Thread.SpinWait(SpinsBetweenTries);
        }

        return default;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        _isCancelled = true;

        // Wakes the waiter; whoever cancels the output of a connection is done with it.
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already, which wakes it as well.
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        _waiter.Close();
        _shared?.Close();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> WaitAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await _waiter.WaitAsync().ConfigureAwait(false);
        return await WriteAsync(source, cancellationToken).ConfigureAwait(false);
    }
}
