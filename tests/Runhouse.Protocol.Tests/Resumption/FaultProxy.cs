using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Runhouse.Faults;

/// <summary>A TCP proxy that hurts the connections through it: cuts them, between bytes or inside a frame, holds them up, swallows what they carry.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Link, Task> _links = new();
    private readonly EndPoint _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _held;
    private int _cuts;
    private int _cutsInFrames;

    /// <summary>Listens on a free port of this machine.</summary>
    /// <param name="target">Where connections lead.</param>
    public FaultProxy(EndPoint target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>How many connections have been cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>How many of them in the middle of a frame, in one direction at least.</summary>
    public int CutsInFrames => Volatile.Read(ref _cutsInFrames);

    /// <summary>How many connections there are.</summary>
    public int Links => _links.Count;

    /// <summary>Whether new connections are closed as soon as they are made.</summary>
    public bool Refuses { get; set; }

    /// <summary>Cuts the connections now.</summary>
    public void Cut()
    {
        foreach (Link link in _links.Keys)
            link.Close();
    }

    /// <summary>Cuts each connection once it has carried so many bytes more, wherever in a frame that is.</summary>
    /// <param name="bytes">How many.</param>
    public void CutAfter(int bytes)
    {
        foreach (Link link in _links.Keys)
            link.CutAfter(bytes);
    }

    /// <summary>Cuts each connection inside a frame, as soon as it carries one.</summary>
    public void CutInFrame()
    {
        foreach (Link link in _links.Keys)
            link.CutsInFrame = true;
    }

    /// <summary>From now on the connections that there are carry nothing, and say nothing of it.</summary>
    public void Swallow()
    {
        foreach (Link link in _links.Keys)
            link.Swallows = true;
    }

    /// <summary>Holds everything up for a while.</summary>
    /// <param name="time">How long.</param>
    public async Task DelayAsync(TimeSpan time)
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _held = held;
        await Task.Delay(time);
        _held = null;
        held.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Refuses = true;
        _listener.Dispose();
        await _accepting;
        Cut();
        await Task.WhenAll(_links.Values);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket near = await _listener.AcceptAsync();
                near.NoDelay = true;
                if (Refuses)
                {
                    near.Dispose();
                    continue;
                }

                var link = new Link(this, near);
                _links[link] = Task.CompletedTask;
                _links[link] = link.RunAsync();
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private sealed class Link(FaultProxy proxy, Socket near) : IDisposable
    {
        private readonly Socket _far = new(proxy._target.AddressFamily, SocketType.Stream, proxy._target is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        private readonly FrameBoundaries _up = new();
        private readonly FrameBoundaries _down = new();
        private long _left = long.MaxValue;
        private int _isClosed;

        public bool Swallows { get; set; }

        public bool CutsInFrame { get; set; }

        public void CutAfter(int bytes) => Interlocked.Exchange(ref _left, bytes);

        public void Close()
        {
            if (Interlocked.Exchange(ref _isClosed, 1) != 0)
                return;
            Interlocked.Increment(ref proxy._cuts);
            if (_up.IsInside || _down.IsInside)
                Interlocked.Increment(ref proxy._cutsInFrames);

            // As a network does it: what is on the way is lost, and both sides get an error.
            near.LingerState = new LingerOption(true, 0);
            Dispose();
        }

        public void Dispose()
        {
            near.Dispose();
            _far.Dispose();
        }

        public async Task RunAsync()
        {
            try
            {
                await _far.ConnectAsync(proxy._target);
                await Task.WhenAll(PumpAsync(near, _far, _up), PumpAsync(_far, near, _down));
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // Nobody listens there, or it was cut before it was there.
            }

            proxy._links.TryRemove(this, out _);
            if (Interlocked.Exchange(ref _isClosed, 1) == 0)
                Dispose();
        }

        private async Task PumpAsync(Socket from, Socket to, FrameBoundaries boundaries)
        {
            byte[] buffer = new byte[16 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer) is > 0 and int count)
                {
                    if (proxy._held is { } held)
                        await held.Task;
                    if (Swallows)
                        continue;
                    long left = Interlocked.Add(ref _left, -count);
                    int passed = left >= 0 ? count : (int)Math.Max(0, count + left);
                    if (left >= 0 && CutsInFrame)
                        passed = boundaries.PassInside(buffer.AsSpan(0, count));
                    else
                        boundaries.Pass(buffer.AsSpan(0, passed));
                    bool isCut = left < 0 || (CutsInFrame && boundaries.IsInside);
                    for (int sent = 0; sent < passed;)
                        sent += await to.SendAsync(buffer.AsMemory(sent, passed - sent));
                    if (isCut)
                    {
                        Close();
                        return;
                    }
                }

                // What was said last arrives, and the other side has its say.
                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // One side is gone, and the other learns of it.
                Dispose();
            }
        }
    }

    /// <summary>Knows of the bytes that have passed in one direction whether they end with a frame or inside one, also where frames come behind a request that asks for them.</summary>
    private sealed class FrameBoundaries
    {
        private const int LengthBytes = 4;

        /// <summary>The first frame is a hello, and no longer; the first bytes of a request or of TLS are more, read as a length.</summary>
        private const long LongestHello = 1024;

        /// <summary>What is longer is no head.</summary>
        private const int LongestHead = 16 * 1024;

        private static readonly byte[] EndOfHead = [.. "\r\n\r\n"u8];

        private readonly List<byte> _head = [];
        private long _length;
        private int _lengthBytes;
        private volatile bool _isInside;
        private Content _content;

        private enum Content
        {
            Unknown,
            Head,
            Frames,
            Others,
        }

        /// <summary>Whether a frame has passed in part.</summary>
        public bool IsInside => _isInside;

        /// <summary>Looks at what passes of these bytes, for it to end inside a frame where they are frames.</summary>
        /// <param name="bytes">The bytes: one at least.</param>
        /// <returns>How many of them do.</returns>
        public int PassInside(ReadOnlySpan<byte> bytes)
        {
            // No frame is of one byte: where the last but one ends a frame, the last one begins another.
            Pass(bytes[..^1]);
            if (IsInside)
                return bytes.Length - 1;
            Pass(bytes[^1..]);
            return bytes.Length;
        }

        /// <summary>Looks at what passes.</summary>
        public void Pass(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty && _content != Content.Others)
            {
                if (_content == Content.Head)
                {
                    PassHead(bytes[0]);
                    bytes = bytes[1..];
                }
                else if (_lengthBytes < LengthBytes)
                {
                    _length |= (long)bytes[0] << (8 * _lengthBytes++);
                    bytes = bytes[1..];
                    if (_lengthBytes == LengthBytes && _content == Content.Unknown)
                        _content = _length > LongestHello ? Content.Head : Content.Frames;
                }
                else
                {
                    int count = (int)Math.Min(_length, bytes.Length);
                    _length -= count;
                    bytes = bytes[count..];
                    if (_length == 0)
                        _lengthBytes = 0;
                }
            }

            _isInside = _lengthBytes > 0 && _content == Content.Frames;
        }

        private void PassHead(byte one)
        {
            _head.Add(one);
            if (_head.Count > LongestHead)
                _content = Content.Others;
            if (!CollectionsMarshal.AsSpan(_head).EndsWith(EndOfHead))
                return;
            (_length, _lengthBytes) = (0, 0);

            // The first request on a connection asks for frames, or none does, and the host grants it.
            _content = Encoding.ASCII.GetString([.. _head]).Contains("\nUpgrade:", StringComparison.OrdinalIgnoreCase) ? Content.Frames : Content.Others;
        }
    }
}
