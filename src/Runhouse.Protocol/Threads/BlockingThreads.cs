using System.Globalization;

namespace Runhouse.Protocol.Threads;

/// <summary>
/// Threads for work that may block, such as synchronous remote members: the thread pool must not run dry because of them, and they must
/// overlap. As many threads as cores take calls eagerly; short calls need no more, however many there are. When calls wait while the
/// running ones do not end, threads are added within milliseconds, doubling; idle ones go after a while. First in, first out.
/// </summary>
/// <param name="name">What the threads are called; their number follows.</param>
/// <param name="tick">The pause between two looks at calls that wait; null for the usual one.</param>
public sealed class BlockingThreads(string name, TimeSpan? tick = null)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(5);

    private readonly string _name = name;
    private readonly TimeSpan _tick = tick ?? Tick;
    private readonly Lock _lock = new();
    private readonly Queue<IThreadPoolWorkItem> _queue = new(256);
    private readonly Stack<CallThread> _idle = new();
    private readonly List<CallThread> _threads = [];
    private readonly int _eager = Environment.ProcessorCount;
    private readonly object _watchSignal = new();
    private bool _watchStarted;
    private bool _watchAsleep;
    private bool _watchWoken;
    private Thread? _watch;
    private int _waking;
    private int _lastNumber;

    /// <summary>How many threads there are now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _threads.Count;
        }
    }

    /// <summary>Runs <paramref name="item"/> on one of the threads.</summary>
    public void Queue(IThreadPoolWorkItem item)
    {
        CallThread? wake = null;
        bool watch = false;
        lock (_lock)
        {
            _queue.Enqueue(item);
            // One thread on its way is enough: when it finds more than one call it brings the next.
            if (_waking == 0 && _threads.Count - _idle.Count < _eager)
                wake = TakeThread();
            else
                watch = NeedsWatch();
        }

        wake?.Wake();
        if (watch)
            WakeWatch();
    }

    /// <summary>An idle thread, or a new one; it counts as on its way. Under the lock.</summary>
    private CallThread TakeThread()
    {
        _waking++;
        if (_idle.TryPop(out var thread))
            return thread;
        thread = new CallThread(this, ++_lastNumber);
        _threads.Add(thread);
        return thread;
    }

    private bool NeedsWatch()
    {
        if (_watchStarted)
        {
            bool asleep = _watchAsleep;
            _watchAsleep = false;
            return asleep;
        }

        _watchStarted = true;
        return true;
    }

    /// <summary>The next call for a thread; null when it should go to sleep: it is among the idle ones then.</summary>
    private IThreadPoolWorkItem? Next(CallThread thread, bool awoken, out CallThread? wake, out bool watch)
    {
        wake = null;
        watch = false;
        lock (_lock)
        {
            if (awoken)
                _waking--;
            if (!_queue.TryDequeue(out var item))
            {
                thread.IsBusy = false;
                _idle.Push(thread);
                return null;
            }

            thread.IsBusy = true;
            thread.Calls++;
            if (_queue.Count > 0)
            {
                if (_waking == 0 && _threads.Count - _idle.Count < _eager)
                    wake = TakeThread();
                else
                    watch = NeedsWatch();
            }

            return item;
        }
    }

    /// <summary>Ends a thread that was idle for long; false when it was given work meanwhile.</summary>
    private bool TryRetire(CallThread thread)
    {
        lock (_lock)
        {
            if (thread.IsAwoken || !_idle.Contains(thread))
                return false;
            // The stack's order matters little against the cost of a thread: the retired one is taken out of it.
            var others = _idle.Where(other => other != thread).Reverse().ToArray();
            _idle.Clear();
            foreach (var other in others)
                _idle.Push(other);
            _threads.Remove(thread);
            return true;
        }
    }

    private void WakeWatch()
    {
        lock (_watchSignal)
        {
            if (_watch is null)
            {
                _watch = new Thread(Watch) { IsBackground = true, Name = $"{_name}: watch" };
                _watch.UnsafeStart();
                return;
            }

            _watchWoken = true;
            Monitor.Pulse(_watchSignal);
        }
    }

    /// <summary>Adds threads while calls wait and the running ones take long. Sleeps while no call waits.</summary>
    private void Watch()
    {
        var added = new List<CallThread>();
        while (true)
        {
            // A pause between two looks; nothing else ends it.
            lock (_watchSignal)
                Monitor.Wait(_watchSignal, _tick);
            bool asleep = false;
            lock (_lock)
            {
                if (_queue.Count == 0)
                    asleep = _watchAsleep = true;
                else
                    Grow(added);
            }

            foreach (var thread in added)
                thread.Wake();
            added.Clear();
            if (!asleep)
                continue;
            lock (_watchSignal)
            {
                while (!_watchWoken)
                    Monitor.Wait(_watchSignal);
                _watchWoken = false;
            }
        }
    }

    private void Grow(List<CallThread> added)
    {
        int active = _threads.Count - _idle.Count;
        int stuck = 0;
        foreach (var thread in _threads)
        {
            if (thread.IsBusy && thread.Calls == thread.CallsSeen)
                stuck++;
            thread.CallsSeen = thread.Calls;
        }

        if (_waking > 0 || stuck * 2 < active)
            return;
        for (int i = Math.Min(_queue.Count, Math.Max(active, _eager)); i > 0; i--)
            added.Add(TakeThread());
    }

    /// <summary>One thread. It sleeps on its own monitor, so that exactly this one wakes.</summary>
    private sealed class CallThread(BlockingThreads owner, int number)
    {
        private readonly object _signal = new();
        private bool _started;

        public bool IsBusy { get; set; }

        public long Calls { get; set; }

        public long CallsSeen { get; set; } = -1;

        public bool IsAwoken { get; private set; }

        public void Wake()
        {
            lock (_signal)
            {
                IsAwoken = true;
                if (_started)
                {
                    Monitor.Pulse(_signal);
                    return;
                }

                _started = true;
            }

            new Thread(Run)
            {
                IsBackground = true,
                Name = string.Create(CultureInfo.InvariantCulture, $"{owner._name} {number}"),
            }.UnsafeStart();
        }

        private void Run()
        {
            var clean = ExecutionContext.Capture()!;
            while (Sleep())
            {
                bool awoken = true;
                while (owner.Next(this, awoken, out var wake, out bool watch) is { } item)
                {
                    awoken = false;
                    wake?.Wake();
                    if (watch)
                        owner.WakeWatch();
                    item.Execute();
                    // What one call left in the flow must not be seen by the next.
                    ExecutionContext.Restore(clean);
                    if (SynchronizationContext.Current is not null)
                        SynchronizationContext.SetSynchronizationContext(null);
                }
            }
        }

        private bool Sleep()
        {
            while (true)
            {
                lock (_signal)
                {
                    if (!IsAwoken)
                        Monitor.Wait(_signal, IdleLife);
                    if (IsAwoken)
                    {
                        IsAwoken = false;
                        return true;
                    }
                }

                if (owner.TryRetire(this))
                    return false;
            }
        }
    }
}
