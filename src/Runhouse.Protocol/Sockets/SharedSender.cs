using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// What goes out on a Unix socket: by the socket, or, once both sides have agreed to it, large pieces by memory that they share, of which the socket
/// only says that they are there. Which of the two a piece takes is decided piece by piece, and the far side has them in order.
/// </summary>
/// <param name="socket">The socket.</param>
internal sealed class SharedSender(Socket socket)
{
    /// <summary>Less is sent as quickly by the socket.</summary>
    private const int SmallestPiece = 16 * 1024;

    /// <summary>More at once would have the far side wait for the end of it.</summary>
    private const int LargestPiece = SharedRegion.Bytes / 4;

    private const byte Announcement = 0;

    private readonly Lock _gate = new();
    private readonly int[] _starts = new int[SharedRegion.Slots];
    private SharedRegion? _region;
    private bool _isGiven;
    private bool _isEmpty;
    private bool _isClosed;
    private long _sent;
    private long _published;
    private long _taken;
    private int _end;

    /// <summary>Whether the far side knows to receive what is shared, and this one has been able to share so far.</summary>
    public bool IsAgreed { get; set; }

    /// <summary>Whether the far side has still to be told of a piece: before all else.</summary>
    public bool OwesAnnouncement { get; private set; }

    /// <summary>How much of the session's bytes the far side says by the memory that it has received; 0 where there is none.</summary>
    public long Received
    {
        get
        {
            if (Volatile.Read(ref _region) is null)
                return 0;
            lock (_gate)
            {
                if (_isClosed)
                    return 0;
                _region!.Enter();
                long received = _region.Received;
                _region.Exit();
                return received;
            }
        }
    }

    /// <summary>Sends what can be sent at once.</summary>
    /// <param name="source">What is to be sent; nothing where an announcement is owed.</param>
    /// <param name="mayShare">Whether it may go by shared memory.</param>
    /// <param name="error">What is in the way.</param>
    /// <returns>How much was sent.</returns>
    public int Send(ReadOnlySpan<byte> source, bool mayShare, out SocketError error)
    {
        if (OwesAnnouncement && (error = Announce()) != SocketError.Success)
            return 0;
        int sent = 0;
        if (mayShare && IsAgreed && source.Length >= SmallestPiece)
            sent = Share(source[..Math.Min(source.Length, LargestPiece)]);
        if (sent > 0)
        {
            _sent += sent;
            OwesAnnouncement = true;
            error = Announce();
            if (error == SocketError.WouldBlock)
                error = SocketError.Success;
            return sent;
        }

        error = SocketError.Success;
        if (source.IsEmpty)
            return 0;
        sent = socket.Send(source, SocketFlags.None, out error);
        if (error == SocketError.Success)
            _sent += sent;
        return sent;
    }

    /// <summary>Gives memory back that nothing lies in, until it is needed again. From any thread.</summary>
    public void Rest()
    {
        lock (_gate)
        {
            if (_region is null || _isEmpty || _isClosed)
                return;
            _region.Enter();
            _isEmpty = _region.Taken == _published;
            if (_isEmpty)
                _region.Empty();
            _region.Exit();
        }
    }

    /// <summary>Lets go of the memory; nothing is sent any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _region?.Close();
        }
    }

    /// <summary>Copies a piece to where the far side finds it; 0 when there is no room for it now, or no memory at all.</summary>
    private int Share(ReadOnlySpan<byte> piece)
    {
        lock (_gate)
        {
            if (_isClosed)
                return 0;
            if (_region is null && SharedRegion.IsUsable)
            {
                _region = SharedRegion.TryCreate(out bool isForNow);
                IsAgreed = _region is not null || isForNow;
            }

            if (_region is not { } region)
                return 0;
            if (_isEmpty && !region.TryReserve())
            {
                IsAgreed = false;
                return 0;
            }

            _isEmpty = false;
            region.Enter();
            try
            {
                if (!TryFindRoom(region, piece.Length, out int start))
                    return 0;
                piece.CopyTo(region.GetSpan()[start..]);
                region.SlotOf(_published) = new SharedRegion.Piece { Offset = _sent, Start = start, Length = piece.Length };
                _starts[_published % SharedRegion.Slots] = start;
                _end = start + piece.Length;
                region.Published = ++_published;
                return piece.Length;
            }
            finally
            {
                region.Exit();
            }
        }
    }

    // What is taken is taken in order, so that what is free is behind the last piece and before the first one. All of it is, most often: then it
    // begins again where the cache has it.
    private bool TryFindRoom(SharedRegion region, int length, out int start)
    {
        long taken = region.Taken;
        if (taken < _taken || taken > _published)
            throw SharedRegion.GiveUp("The far side has taken pieces of shared memory that were not there.");
        _taken = taken;
        start = 0;
        if (_published == taken)
            return true;
        if (_published - taken == SharedRegion.Slots)
            return false;
        int first = _starts[taken % SharedRegion.Slots];
        start = _end;
        if (_end < first)
            return first - _end > length;
        if (SharedRegion.Bytes - _end >= length)
            return true;
        start = 0;
        return first > length;
    }

    private SocketError Announce()
    {
        SocketError error;
        if (_isGiven)
        {
            socket.Send([Announcement], SocketFlags.None, out error);
        }
        else
        {
            int number = DescriptorMessage.Send(socket.SafeHandle, Announcement, _region!.Descriptor!);
            if (number is DescriptorMessage.BrokenPipe or DescriptorMessage.Reset)
                throw new IOException($"The connection broke off: {Marshal.GetPInvokeErrorMessage(number)}.");
            if (number is not (0 or DescriptorMessage.WouldBlock))
                throw SharedRegion.GiveUp($"The descriptor of shared memory could not be given to the far side: {Marshal.GetPInvokeErrorMessage(number)}.");
            error = number == 0 ? SocketError.Success : SocketError.WouldBlock;
            _isGiven = number == 0;
        }

        OwesAnnouncement = error != SocketError.Success;
        return error;
    }
}
