using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Messages;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// Sends a connection's messages, one after the other. While the socket takes them, whoever posts one sends it himself; when it does not, a thread of
/// the connection's own waits for it, so that none of the pool does. How much waits is bounded by the windows of the channels.
/// </summary>
internal sealed class Outbox : IDisposable
{
    // A caller goes back to its own work after so many messages of others.
    private const int MostHere = 16;

    private readonly Session _session;
    private readonly Action<Exception> _fail;
    private readonly ConcurrentQueue<Item> _items = new();
    private readonly AutoResetEvent _wake = new(false);
    private int _count;
    private volatile bool _isClosed;

    /// <summary>Starts the thread.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The machine, for the thread's name.</param>
    /// <param name="fail">Is told when a message cannot be sent.</param>
    public Outbox(Session session, string name, Action<Exception> fail)
    {
        (_session, _fail) = (session, fail);
        new Thread(Run) { IsBackground = true, Name = $"Runhouse SSH {name}" }.Start();
    }

    /// <summary>Sends a message, now or behind those that wait.</summary>
    /// <param name="message">The message.</param>
    /// <param name="rented">The array of the pool that the message refers to; it goes back when the message is sent.</param>
    /// <param name="elsewhere">Whether the connection's own thread is to send it: the one that reads never does, for it would wait for itself while keys are exchanged.</param>
    public void Post(Message message, byte[]? rented = null, bool elsewhere = false)
    {
        if (_isClosed)
            return;
        _items.Enqueue(new Item(message, rented));

        // Whoever brings the first one is the sender until none is left, or hands that over.
        if (Interlocked.Increment(ref _count) == 1 && (elsewhere || !SendAll(MostHere)))
            _wake.Set();
    }

    /// <summary>Ends the thread. What still waits is dropped.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _wake.Set();
    }

    private void Run()
    {
        while (!_isClosed)
        {
            _wake.WaitOne();
            if (Volatile.Read(ref _count) > 0)
                SendAll(int.MaxValue);
        }

        // Nobody sets it again: who has just passed the check in Post finds the event as it is.
        while (_items.TryDequeue(out Item item))
            item.Return();
    }

    // False when some are left for the thread.
    private bool SendAll(int most)
    {
        do
        {
            if (most-- == 0 || (most < MostHere && !TakesMore()))
                return false;
            if (_items.TryDequeue(out Item item))
                Send(item);
        }
        while (Interlocked.Decrement(ref _count) > 0);
        return true;
    }

    private bool TakesMore()
    {
        try
        {
            return SessionAccess.SocketOf(_session) is { } socket && socket.Poll(0, SelectMode.SelectWrite);
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            return false;
        }
    }

    private void Send(Item item)
    {
        try
        {
            if (!_isClosed)
                SessionAccess.Send(_session, item.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // SSH.NET fails as it comes when its socket is taken away: the connection is over in every case.
            _fail(e);
        }
        finally
        {
            item.Return();
        }
    }

    private readonly record struct Item(Message Message, byte[]? Rented)
    {
        public void Return()
        {
            if (Rented is not null)
                ArrayPool<byte>.Shared.Return(Rented);
        }
    }
}
