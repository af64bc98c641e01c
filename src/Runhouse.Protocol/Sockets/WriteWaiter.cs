using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// The thread on which a connection's output goes on when the socket has been full. Most connections never have one. The engine of
/// asynchronous sockets is not asked: it would from then on be woken by all that comes in as well.
/// </summary>
/// <param name="socket">The socket; stays the transport's.</param>
internal sealed class WriteWaiter(Socket socket) : IValueTaskSource
{
    private readonly object _gate = new();
    private ManualResetValueTaskSourceCore<bool> _writable;
    private bool _hasThread;
    private bool _isAsked;
    private bool _isOver;

    /// <summary>Ends when the socket takes more, or will never, which the next write finds out; the caller goes on on the waiter's thread.</summary>
    public ValueTask WaitAsync()
    {
        _writable.Reset();
        var wait = new ValueTask(this, _writable.Version);
        lock (_gate)
        {
            if (!_isOver)
            {
                _isAsked = true;
                if (!_hasThread)
                    new Thread(Run) { IsBackground = true, Name = "Runhouse writer" }.UnsafeStart();
                _hasThread = true;
                Monitor.Pulse(_gate);
                return wait;
            }
        }

        _writable.SetResult(true);
        return wait;
    }

    /// <summary>Lets the thread go, once whoever waits has been told.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.Pulse(_gate);
        }
    }

    void IValueTaskSource.GetResult(short token) => _writable.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _writable.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _writable.OnCompleted(continuation, state, token, flags);

    private void Run()
    {
        while (IsAsked())
        {
            try
            {
                socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectWrite);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The next write says so.
            }

            _writable.SetResult(true);
        }
    }

    private bool IsAsked()
    {
        lock (_gate)
        {
            while (!_isAsked && !_isOver)
                Monitor.Wait(_gate);
            bool asked = _isAsked;
            _isAsked = false;
            return asked;
        }
    }
}
