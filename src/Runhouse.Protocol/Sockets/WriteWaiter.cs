using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Runhouse.Protocol.Sockets;

/// <summary>
/// The thread on which a connection's output goes on when the socket has been full. Most connections never have one. The engine of
/// asynchronous sockets is not asked: it would from then on be woken by all that comes in as well.
/// </summary>
/// <param name="socket">The socket; stays the transport's.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The thread disposes the event, when it leaves.")]
internal sealed class WriteWaiter(Socket socket) : IValueTaskSource
{
    private readonly AutoResetEvent _asked = new(false);
    private ManualResetValueTaskSourceCore<bool> _writable;
    private bool _hasThread;
    private volatile bool _isOver;

    /// <summary>Ends when the socket takes more, or will never; the caller goes on on the waiter's thread.</summary>
    public ValueTask WaitAsync()
    {
        _writable.Reset();
        var wait = new ValueTask(this, _writable.Version);
        if (!_hasThread)
        {
            _hasThread = true;
            new Thread(Run) { IsBackground = true, Name = "Runhouse writer" }.UnsafeStart();
        }

        _asked.Set();
        return wait;
    }

    /// <summary>Lets the thread go, once it is asked for nothing.</summary>
    public void Close()
    {
        _isOver = true;
        _asked.Set();
    }

    void IValueTaskSource.GetResult(short token) => _writable.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _writable.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _writable.OnCompleted(continuation, state, token, flags);

    private void Run()
    {
        while (true)
        {
            _asked.WaitOne();
            if (_isOver)
                break;
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

        _asked.Dispose();
    }
}
