using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runhouse.Protocol.Sockets;

/// <summary>What comes in on a Unix socket, and which pieces of it lie in memory that the far side shares: where one does, the socket has a single byte instead, which says that it is there.</summary>
/// <param name="socket">The socket.</param>
/// <param name="position">How many bytes of the stream have come before.</param>
internal sealed class SharedReceiver(Socket socket, long position)
{
    /// <summary>Less is not worth telling each time.</summary>
    private const int LeastToldBytes = 4 * 1024;

    private SharedRegion? _region;
    private long _told;
    private long _position = position;
    private long _published;
    private long _taken;

    /// <summary>Receives from the socket.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="error">What is in the way.</param>
    /// <returns>How many bytes; 0 at the end.</returns>
    public int Receive(Span<byte> into, out SocketError error)
    {
        // Once it is here, no other one comes.
        if (_region is not null)
            return socket.Receive(into, SocketFlags.None, out error);
        int received = DescriptorMessage.Receive(socket.SafeHandle, into, out SafeFileHandle? descriptor, out bool isLost, out int number);
        using (descriptor)
        {
            if (number is not (0 or DescriptorMessage.WouldBlock))
                throw new IOException($"The connection broke off: {Marshal.GetPInvokeErrorMessage(number)}.");
            if (isLost)
                throw SharedRegion.GiveUp("The descriptor of the far side's shared memory did not arrive; this process may have too many files open (ulimit -n).");
            if (descriptor is not null)
                _region = SharedRegion.Open(descriptor);
        }

        error = number == 0 ? SocketError.Success : SocketError.WouldBlock;
        return received;
    }

    /// <summary>Looks for the next piece that is shared among bytes that have come.</summary>
    /// <param name="count">How many have come since the last look.</param>
    /// <returns>How many of them are of the stream and come first: behind those is the byte that stands for the piece, unless it is all of them.</returns>
    public int Find(int count)
    {
        int before = _region is null ? count : (int)Math.Min(count, DistanceToNext(_region));
        _position += before;
        return before;
    }

    /// <summary>The piece that was found; it stays where it is until <see cref="Release"/>.</summary>
    /// <param name="start">Where in the memory it is.</param>
    public ReadOnlyMemory<byte> Take(out int start)
    {
        SharedRegion region = _region!;
        region.Enter();
        SharedRegion.Piece piece = region.SlotOf(_taken);
        if (piece.Start < 0 || piece.Length <= 0 || piece.Start > SharedRegion.Bytes - piece.Length)
        {
            region.Exit();
            throw SharedRegion.GiveUp("The far side shares a piece that is not within its memory.");
        }

        _position += piece.Length;
        start = piece.Start;
        return region.Memory.Slice(piece.Start, piece.Length);
    }

    /// <summary>The piece has been read: its room is the far side's again.</summary>
    public void Release()
    {
        _region!.Taken = ++_taken;
        _region.Exit();
    }

    /// <summary>Tells the far side by the memory how much of the session's bytes has been received; false where there is none.</summary>
    /// <param name="received">How much.</param>
    public bool TryAcknowledge(long received)
    {
        if (_region is not { } region)
            return false;
        if (received - _told < LeastToldBytes)
            return true;
        _told = received;
        region.Enter();
        region.Received = received;
        region.Exit();
        return true;
    }

    /// <summary>Lets go of the memory; nothing is received any more.</summary>
    public void Close() => _region?.Close();

    private long DistanceToNext(SharedRegion region)
    {
        region.Enter();
        try
        {
            if (_published == _taken)
                _published = region.Published;
            if (_published == _taken)
                return long.MaxValue;
            long distance = region.SlotOf(_taken).Offset - _position;
            return distance >= 0 ? distance : throw SharedRegion.GiveUp("The far side shares a piece of the stream that has come already.");
        }
        finally
        {
            region.Exit();
        }
    }
}
