using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// Reads a socket on the thread that asks. The kernel wakes that thread itself, where an asynchronous read wakes a thread of the socket
/// engine, which wakes one of the pool; and since most answers come within microseconds, it looks for so long before it goes to sleep, which
/// saves both sides of a small call what takes most of its time.
/// </summary>
internal sealed class BlockingSocketReader : PipeReader, IBlockingReader
{
    /// <summary>Connections that wait are many: they begin small, and are small again when nothing has come for a while.</summary>
    private const int InitialBytes = 4 * 1024;
    private const int MaxBytes = 256 * 1024;
    private const int Growth = 4;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(1);
    private const int SpinsBetweenLooks = 10;

    /// <summary>After so many sleeps that the looking did not save, it looks only now and then.</summary>
    private const int MostVainLooks = 32;

    /// <summary>How long it looks: three round trips of a small call. With one core, whoever is to answer could not.</summary>
    private static readonly long LookTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 50_000 : 0;

    private readonly Socket _socket;
    private SharedReceiver? _shared;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;

    // How far what has come is shown: to its end, or to the byte in it that stands for a piece of shared memory, which is shown next.
    private int _end;
    private int _filled;
    private ReadOnlyMemory<byte> _piece;
    private int _pieceStart;
    private long _shown;
    private int _vainLooks;
    private bool _isExamined = true;
    private bool _isAtEnd;
    private bool _isMarked;
    private bool _wasFilled;
    private volatile bool _isCancelled;

    /// <summary>Takes a socket that is read in no other way.</summary>
    /// <param name="socket">The socket; stays the transport's.</param>
    public BlockingSocketReader(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    /// <summary>From now on large pieces may come by memory that the far side shares.</summary>
    public void ExpectShared() => _shared ??= new SharedReceiver(_socket, _shown);

    /// <summary>Tells the far side by memory that it shares how much of the session's bytes has been received; false where it shares none.</summary>
    /// <param name="received">How much.</param>
    public bool TryAcknowledge(long received) => _shared?.TryAcknowledge(received) ?? false;

    /// <summary>Told on the thread that reads when nothing has come for a while.</summary>
    public Action? Idle { get; set; }

    /// <summary>Reads. With a token, as in a handshake, the thread is not blocked; without one it is, and must be the reader's own.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_isExamined && !_isAtEnd)
        {
            if (_end < _filled)
                ShowMore();
            else if (cancellationToken.CanBeCanceled)
                return WaitAsync(cancellationToken);
            else
                Receive();
        }

        return new(Result());
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_piece.IsEmpty)
        {
            AdvancePiece(consumed.GetInteger(), examined.GetInteger());
            return;
        }

        // A position in an empty buffer is that of no array.
        if (_start == _end)
        {
            _isExamined = true;
            return;
        }

        _start = consumed.GetInteger();
        _isExamined = examined.GetInteger() == _end;
        if (_start == _filled)
            (_start, _end, _filled, _isExamined) = (0, 0, 0, true);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead()
    {
        _isCancelled = true;

        // Wakes the reader; whoever cancels the read of a connection is done with it.
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It has ended already, which wakes it as well.
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        byte[] buffer = _buffer;
        _buffer = [];
        if (!_piece.IsEmpty)
            _shared!.Release();
        (_start, _end, _filled, _piece, _isAtEnd) = (0, 0, 0, default, true);
        _shared?.Close();
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => throw new NotSupportedException("A socket is read by ReadAsync alone.");

    private ReadResult Result() => _piece.IsEmpty
        ? new(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), _isCancelled, _isAtEnd)
        : new(new ReadOnlySequence<byte>(_piece), _isCancelled, isCompleted: false);

    private void Receive()
    {
        MakeRoom();
        if (TryReceive() || (ShouldLook() && Look()))
            return;
        bool isIdle = false;
        while (!_isCancelled)
        {
            bool isThere = _socket.Poll(isIdle ? Timeout.InfiniteTimeSpan : IdleTime, SelectMode.SelectRead);
            if (TryReceive())
                return;
            if (isThere || isIdle)
                continue;
            isIdle = true;
            Shrink();
            Idle?.Invoke();
        }
    }

    private bool ShouldLook() => LookTicks > 0 && (_vainLooks < MostVainLooks || _vainLooks++ % MostVainLooks == 0);

    private bool Look()
    {
        long until = Stopwatch.GetTimestamp() + LookTicks;
        do
        {
            Thread.SpinWait(SpinsBetweenLooks);
            if (!TryReceive())
                continue;
            _vainLooks = 0;
            return true;
        }
        while (Stopwatch.GetTimestamp() < until);
        _vainLooks++;
        return false;
    }

    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var handshake = new HandshakeWait();
        while (!_isCancelled && !TryReceive())
            await handshake.PauseAsync(cancellationToken).ConfigureAwait(false);
        return Result();
    }

    private bool TryReceive()
    {
        SocketError error;
        int received = _shared is null ? _socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out error) : _shared.Receive(_buffer.AsSpan(_end), out error);
        if (error == SocketError.WouldBlock)
            return false;
        if (error != SocketError.Success)
            throw new IOException($"The connection broke off: {new SocketException((int)error).Message}", new SocketException((int)error));
        _isAtEnd = received == 0;
        _filled += received;
        _wasFilled = _filled == _buffer.Length;
        if (_filled > _end)
            ShowMore();
        return true;
    }

    private void ShowMore()
    {
        if (_isMarked || !Show())
            TakePiece();
    }

    /// <summary>Shows what has come as far as it is of the stream; false when a piece comes first.</summary>
    private bool Show()
    {
        int more = _filled - _end;
        if (_shared is not null)
            more = _shared.Find(more);
        else
            _shown += more;
        _end += more;
        _isMarked = _end < _filled;
        return more > 0;
    }

    /// <summary>Shows the piece that the byte behind what has been shown stands for: where it lies, if nothing is left in front of it.</summary>
    private void TakePiece()
    {
        ReadOnlyMemory<byte> piece = _shared!.Take(out _pieceStart);
        _isMarked = false;
        if (_start == _end)
        {
            _start = ++_end;
            _piece = piece;
            return;
        }

        Put(_buffer.AsSpan(_start, _end - _start), piece.Span, _buffer.AsSpan(_end + 1, _filled - _end - 1));
        _shared.Release();
    }

    private void AdvancePiece(int consumed, int examined)
    {
        ReadOnlySpan<byte> rest = _piece.Span[(consumed - _pieceStart)..];
        _isExamined = examined == _pieceStart + _piece.Length;
        if (!rest.IsEmpty)
            Put(rest, [], _buffer.AsSpan(_end, _filled - _end));
        _piece = default;
        _shared!.Release();
        if (_start == _filled)
            (_start, _end, _filled) = (0, 0, 0);
    }

    /// <summary>Puts together what is to be shown, which is the first two parts, and what has come behind it.</summary>
    private void Put(ReadOnlySpan<byte> shown, ReadOnlySpan<byte> piece, ReadOnlySpan<byte> behind)
    {
        byte[] old = _buffer;
        int end = shown.Length + piece.Length;
        byte[] all = ArrayPool<byte>.Shared.Rent(Math.Max(end + behind.Length, InitialBytes));
        shown.CopyTo(all);
        piece.CopyTo(all.AsSpan(shown.Length));
        behind.CopyTo(all.AsSpan(end));
        (_buffer, _start, _end, _filled) = (all, 0, end, end + behind.Length);
        ArrayPool<byte>.Shared.Return(old);
    }

    /// <summary>Room behind what is left: by moving it to the front, or into a larger buffer when it or the last read has filled this one.</summary>
    private void MakeRoom()
    {
        int left = _end - _start;
        bool grows = left > _buffer.Length / 2 || (_wasFilled && _buffer.Length < MaxBytes);
        if (!grows && _buffer.Length - _end >= _buffer.Length / 2)
            return;
        Move(left, grows ? _buffer.Length * (_buffer.Length < MaxBytes ? Growth : 2) : _buffer.Length);
        _wasFilled = false;
    }

    private void Shrink()
    {
        if (_start == _end && _buffer.Length > InitialBytes)
            Move(0, InitialBytes);
    }

    private void Move(int left, int size)
    {
        byte[] old = _buffer;
        if (size != old.Length)
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        old.AsSpan(_start, left).CopyTo(_buffer);
        (_start, _end, _filled) = (0, left, left);
        if (_buffer != old)
            ArrayPool<byte>.Shared.Return(old);
    }
}
