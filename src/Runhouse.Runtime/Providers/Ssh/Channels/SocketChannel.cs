using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Joins a connection that was made here with one that the machine makes.</summary>
/// <param name="connection">The SSH connection.</param>
/// <param name="socket">The connection that was made here; it is closed at the end.</param>
internal sealed class SocketChannel(SshConnection connection, Socket socket) : SshChannel(connection), IDisposable
{
    private const int Chunk = 32 << 10;

    private readonly ReceivedData _backlog = new();
    private long _waiting;

    /// <summary>Opens the way.</summary>
    /// <param name="info">Where it leads.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why the machine refuses; null when it is open.</returns>
    /// <exception cref="HostUnreachableException">The connection broke before the way was open.</exception>
    public Task<ChannelRefusal?> ReachAsync(ChannelOpenInfo info, CancellationToken cancellationToken)
    {
        socket.NoDelay = true;

        // The thread that reads the connection writes to the socket, as long as that takes it at once.
        socket.Blocking = false;
        return OpenAsync(info, cancellationToken);
    }

    /// <summary>Serves the way that was opened, until both sides have ended.</summary>
    public async Task ServeAsync()
    {
        try
        {
            Task down = DrainAsync();
            await Task.Factory.StartNew(SendAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            await down.ConfigureAwait(false);
        }
        finally
        {
            Close();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    /// <inheritdoc/>
    protected override void OnData(ReadOnlySpan<byte> data)
    {
        int sent = 0;
        if (Volatile.Read(ref _waiting) == 0)
        {
            sent = TrySend(data);
            Take(sent, elsewhere: true);
        }

        if (sent == data.Length)
            return;
        Interlocked.Add(ref _waiting, data.Length - sent);
        _backlog.Write(data[sent..]);
    }

    /// <inheritdoc/>
    protected override void OnEof() => _backlog.Complete();

    /// <inheritdoc/>
    protected override void OnEnd(Exception? error)
    {
        _backlog.Complete();
        try
        {
            // Whoever waits for more from this side has nobody to give it to.
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Both sides have ended before.
        }
    }

    // A side went away in the middle: so does the other.
    private void Abort()
    {
        Close();
        OnEnd(null);
    }

    private int TrySend(ReadOnlySpan<byte> data)
    {
        try
        {
            int sent = socket.Send(data, SocketFlags.None, out SocketError error);
            return error == SocketError.Success ? sent : 0;
        }
        catch (ObjectDisposedException)
        {
            // Nobody is there to take it: it is dropped with the backlog.
            return 0;
        }
    }

    // On a thread of its own, which the system wakes at once when something comes: through the pool, a short message takes half as long again.
    private void SendAll()
    {
        try
        {
            while (true)
            {
                byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk);
                int count = Receive(buffer.AsSpan(0, Math.Min(Chunk, MaxSent)));
                ValueTask sent = SendAsync(buffer, count, CancellationToken.None);
                if (!sent.IsCompletedSuccessfully)
                    sent.AsTask().GetAwaiter().GetResult();
                if (count == 0)
                    break;
            }

            SendEof();
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Abort();
        }
    }

    private int Receive(Span<byte> buffer)
    {
        while (true)
        {
            int count = socket.Receive(buffer, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
                return count;
            if (error != SocketError.WouldBlock)
                throw new SocketException((int)error);
            socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead);
        }
    }

    private async Task DrainAsync()
    {
        PipeReader reader = _backlog.Reader;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync().ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                {
                    for (ReadOnlyMemory<byte> rest = part; rest.Length > 0;)
                        rest = rest[await socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
                }

                int count = (int)read.Buffer.Length;
                reader.AdvanceTo(read.Buffer.End);
                Take(count);
                Interlocked.Add(ref _waiting, -count);
                if (read.IsCompleted)
                    break;
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Abort();
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
