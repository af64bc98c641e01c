using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Connections;

/// <summary>Runs items one after the other, on another thread, in the order in which they came.</summary>
internal sealed class SerialQueue : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<IThreadPoolWorkItem> _items = new();
    private bool _isRunning;

    /// <summary>Whether nothing waits or runs.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
                return !_isRunning;
        }
    }

    public void Enqueue(IThreadPoolWorkItem item)
    {
        lock (_lock)
        {
            _items.Enqueue(item);
            if (_isRunning)
                return;
            _isRunning = true;
        }

        Handover.Queue(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        while (true)
        {
            IThreadPoolWorkItem? item;
            lock (_lock)
            {
                if (!_items.TryDequeue(out item))
                {
                    _isRunning = false;
                    return;
                }
            }

            item.Execute();
        }
    }
}
