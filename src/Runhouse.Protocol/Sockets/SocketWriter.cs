using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Runhouse.Protocol.Sockets;

/// <summary>Sends what it is given, without a buffer of its own: at once where the socket takes it, else when the engine of asynchronous sockets says so.</summary>
/// <param name="socket">The socket; stays the transport's.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The source has no timer: nothing is left behind, and it may be cancelled to the last.")]
internal sealed class SocketWriter(Socket socket) : DirectWriter
{
    private readonly CancellationTokenSource _cancelled = new();

    /// <inheritdoc/>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (!source.IsEmpty)
        {
            ValueTask<int> sending = socket.SendAsync(source, SocketFlags.None, cancellationToken.CanBeCanceled ? cancellationToken : _cancelled.Token);
            if (!sending.IsCompletedSuccessfully)
                return SendRestAsync(sending, source, cancellationToken);
            source = source[sending.Result..];
        }

        return default;
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush() => _cancelled.Cancel();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> SendRestAsync(ValueTask<int> sending, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        try
        {
            source = source[await sending.ConfigureAwait(false)..];
            return await WriteAsync(source, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new FlushResult(isCanceled: true, isCompleted: false);
        }
        catch (SocketException error)
        {
            throw new IOException($"The connection broke off: {error.Message}", error);
        }
    }
}
