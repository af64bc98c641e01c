using System.Buffers;
using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// A channel of a connection (RFC 4254, section 5). Each side sends no more than the other gave room for; room is given back when the data was taken,
/// so that a channel whose taker is slow stands still without standing in another one's way.
/// </summary>
/// <param name="connection">The connection.</param>
internal abstract partial class SshChannel(SshConnection connection)
{
    /// <summary>How much the machine may send before some of it is taken.</summary>
    protected const int Window = 4 << 20;

    /// <summary>
    /// How much is sent before the machine takes some of it. OpenSSH's server moves what it keeps for a program that has not begun to read, with each
    /// message, so that a full window at once costs it a second.
    /// </summary>
    private const long FirstRoom = 256 << 10;

    private static readonly TimeSpan FirstRoomTime = TimeSpan.FromMilliseconds(500);

    /// <summary>The most that one message to this side carries.</summary>
    private const int MaxReceived = 64 << 10;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<ChannelRefusal?> _opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<bool>? _reply;
    private TaskCompletionSource? _room;
    private uint _remote;
    private long _credit;
    private long _heldRoom;
    private int _maxSent;
    private int _taken;
    private bool _isOpen;
    private bool _isAbandoned;
    private bool _isEofSent;
    private bool _isCloseSent;
    private Exception? _end;

    /// <summary>Its number on this side.</summary>
    public uint Number { get; set; }

    /// <summary>The connection.</summary>
    protected SshConnection Connection => connection;

    /// <summary>The most that one message to the machine carries.</summary>
    protected int MaxSent => _maxSent;

    /// <summary>Opens the channel.</summary>
    /// <param name="info">What for.</param>
    /// <param name="cancellationToken">Stops waiting; the channel is closed when it opens later.</param>
    /// <returns>Why the machine refuses; null when it is open.</returns>
    /// <exception cref="HostUnreachableException">The connection broke, or the machine does not answer.</exception>
    protected async Task<ChannelRefusal?> OpenAsync(ChannelOpenInfo info, CancellationToken cancellationToken)
    {
        connection.Add(this);
        connection.Outbox.Post(new ChannelOpenMessage(Number, Window, MaxReceived, info));
        try
        {
            return await connection.AnswerAsync(_opening.Task, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>Makes a request and waits for the reply.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether the machine does it.</returns>
    /// <exception cref="HostUnreachableException">The connection broke, or the machine does not answer.</exception>
    protected Task<bool> RequestAsync(RequestInfo request, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_end is not null)
                return Task.FromException<bool>(_end);
            _reply = reply;
        }

        Post(request);
        return connection.AnswerAsync(reply.Task, cancellationToken);
    }

    /// <summary>Makes a request that has no reply.</summary>
    /// <param name="request">The request.</param>
    protected void Post(RequestInfo request) => connection.Outbox.Post(new ChannelRequestMessage(_remote, request));

    /// <summary>Sends data when the machine has room for it.</summary>
    /// <param name="rented">An array of the pool; it is given away.</param>
    /// <param name="count">How much of it to send.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="IOException">The channel is closed.</exception>
    protected async ValueTask SendAsync(byte[] rented, int count, CancellationToken cancellationToken)
    {
        int sent = 0;
        while (sent < count)
        {
            int room = TakeRoom(count - sent, out Task? wait);
            if (wait is not null)
            {
                await RoomAsync(wait, cancellationToken).ConfigureAwait(false);
            }
            else if (room == count)
            {
                connection.Outbox.Post(new ChannelDataMessage(_remote, rented, 0, room), rented);
                return;
            }
            else
            {
                byte[] part = ArrayPool<byte>.Shared.Rent(room);
                rented.AsSpan(sent, room).CopyTo(part);
                connection.Outbox.Post(new ChannelDataMessage(_remote, part, 0, room), part);
                sent += room;
            }
        }

        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Says that no more data comes from this side.</summary>
    protected void SendEof()
    {
        lock (_gate)
        {
            if (!_isOpen || _isEofSent || _isCloseSent)
                return;
            _isEofSent = true;
        }

        connection.Outbox.Post(new ChannelEofMessage(_remote));
    }

    /// <summary>Closes the channel from this side; nothing is sent after that.</summary>
    /// <param name="elsewhere">Whether another thread is to say so, as <see cref="Outbox.Post"/> has it.</param>
    protected void Close(bool elsewhere = false)
    {
        lock (_gate)
        {
            if (!_isOpen || _isCloseSent)
                return;
            _isCloseSent = true;
        }

        connection.Outbox.Post(new ChannelCloseMessage(_remote), elsewhere: elsewhere);
        Finish(new IOException("The channel was closed."));
    }

    /// <summary>Gives room back for data that was taken.</summary>
    /// <param name="count">How much was taken.</param>
    /// <param name="elsewhere">Whether another thread is to say so, as <see cref="Outbox.Post"/> has it.</param>
    protected void Take(int count, bool elsewhere = false)
    {
        // In large pieces: each costs a message.
        if (Interlocked.Add(ref _taken, count) < Window / 4)
            return;
        int taken = Interlocked.Exchange(ref _taken, 0);
        if (taken > 0)
            connection.Outbox.Post(new ChannelWindowAdjustMessage(_remote, (uint)taken), elsewhere: elsewhere);
    }

    /// <summary>Data came, on the thread that reads the connection, which must not wait.</summary>
    /// <param name="data">The data; it is good during the call.</param>
    protected abstract void OnData(ReadOnlySpan<byte> data);

    /// <summary>Data of the second stream came, as <see cref="OnData"/>.</summary>
    /// <param name="data">The data.</param>
    protected virtual void OnErrorData(ReadOnlySpan<byte> data) => Take(data.Length, elsewhere: true);

    /// <summary>No more data comes.</summary>
    protected abstract void OnEof();

    /// <summary>The machine says something about the channel.</summary>
    /// <param name="name">What.</param>
    /// <param name="data">More of it.</param>
    protected virtual void OnNotice(string name, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>The channel is over.</summary>
    /// <param name="error">The error that the connection broke with; null when the machine closed the channel.</param>
    protected abstract void OnEnd(Exception? error);

    private void Abandon()
    {
        lock (_gate)
            _isAbandoned = true;
        Close();
    }

    private void Finish(Exception error)
    {
        TaskCompletionSource? waiting;
        TaskCompletionSource<bool>? reply;
        lock (_gate)
        {
            _end ??= error;
            (waiting, _room) = (_room, null);
            (reply, _reply) = (_reply, null);
        }

        waiting?.TrySetResult();
        reply?.TrySetException(error);
    }

    // A server may give room back in larger pieces than the first room is.
    private async Task RoomAsync(Task room, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _heldRoom) == 0)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        await room.WaitAsync(FirstRoomTime, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!room.IsCompleted)
            Adjusted(0, all: true);
    }

    private int TakeRoom(int wanted, out Task? wait)
    {
        lock (_gate)
        {
            wait = null;
            if (_end is not null || _isEofSent)
                throw new IOException("The channel is closed.", _end);
            int room = (int)Math.Min(Math.Min(wanted, _maxSent), _credit);
            _credit -= room;
            if (room == 0)
                wait = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return room;
        }
    }
}
