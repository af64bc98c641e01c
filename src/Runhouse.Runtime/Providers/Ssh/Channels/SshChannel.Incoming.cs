using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

// What the machine says of a channel. All of it comes on the thread that reads the connection.
internal abstract partial class SshChannel
{
    /// <summary>The machine opened the channel.</summary>
    public void Confirmed(ChannelOpenConfirmationMessage message)
    {
        bool isAbandoned;
        lock (_gate)
        {
            (_remote, _credit, _isOpen) = (message.RemoteChannelNumber, Math.Min(message.InitialWindowSize, FirstRoom), true);
            _heldRoom = message.InitialWindowSize - _credit;
            _maxSent = (int)Math.Min(message.MaximumPacketSize, 32 << 10);
            isAbandoned = _isAbandoned;
        }

        if (isAbandoned)
            Close(elsewhere: true);
        _opening.TrySetResult(null);
    }

    /// <summary>The machine did not open the channel.</summary>
    public void Refused(ChannelOpenFailureMessage message)
    {
        connection.Remove(this);
        _opening.TrySetResult(new ChannelRefusal(message.ReasonCode, message.Description));
    }

    /// <summary>The machine has room for more.</summary>
    public void Adjusted(uint room) => Adjusted(room, all: false);

    private void Adjusted(uint room, bool all)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            // Data is being taken there, so as much again of what is held back can go.
            long more = all ? _heldRoom : Math.Min(_heldRoom, room);
            _heldRoom -= more;
            _credit += room + more;
            (waiting, _room) = (_room, null);
        }

        waiting?.TrySetResult();
    }

    /// <summary>Data came.</summary>
    public void Received(ReadOnlySpan<byte> data, bool isError)
    {
        if (isError)
            OnErrorData(data);
        else
            OnData(data);
    }

    /// <summary>The last data came.</summary>
    public void Ended() => OnEof();

    /// <summary>The machine replied to a request.</summary>
    public void Replied(bool success)
    {
        TaskCompletionSource<bool>? reply;
        lock (_gate)
            (reply, _reply) = (_reply, null);
        reply?.TrySetResult(success);
    }

    /// <summary>The machine says something about the channel.</summary>
    public void Noticed(ChannelRequestMessage message)
    {
        // The data begins with whether a reply is wanted; what is asked of this side is not done.
        if (message.RequestData is [not 0, ..])
            connection.Outbox.Post(new ChannelFailureMessage(_remote), elsewhere: true);
        if (message.RequestData.Length > 0)
            OnNotice(message.RequestName, message.RequestData.AsSpan(1));
    }

    /// <summary>The machine closed the channel.</summary>
    public void Closed()
    {
        connection.Remove(this);
        Close(elsewhere: true);
        Finish(new IOException("The machine closed the channel."));
        OnEnd(null);
    }

    /// <summary>The connection broke.</summary>
    /// <param name="error">What it broke with.</param>
    public void Lost(Exception error)
    {
        Finish(error);
        _opening.TrySetException(error);
        OnEnd(error);
    }
}
