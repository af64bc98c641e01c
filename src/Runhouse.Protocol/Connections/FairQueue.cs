using System.Collections.Concurrent;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The work of one connection on its way to threads that all connections share. Only a few pieces of it stand in the shared queue at a time,
/// and the next one joins its end when one of them begins, so that connections take turns: ten thousand calls of one hold up another's by
/// a few. What has begun is not counted, so that work which blocks holds nothing up. Thread-safe.
/// </summary>
/// <param name="schedule">Puts a piece of work in the shared queue.</param>
public sealed class FairQueue(Action<IThreadPoolWorkItem> schedule) : IThreadPoolWorkItem
{
    /// <summary>How many stand in the shared queue at a time.</summary>
    private const int Width = 16;

    private readonly ConcurrentQueue<IThreadPoolWorkItem> _waiting = new();
    private int _standing;

    /// <summary>Adds a piece of work.</summary>
    /// <param name="work">The work.</param>
    public void Add(IThreadPoolWorkItem work)
    {
        _waiting.Enqueue(work);
        Stand();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Decrement(ref _standing);
        if (!_waiting.TryDequeue(out IThreadPoolWorkItem? work))
            return;
        if (!_waiting.IsEmpty)
            Stand();
        work.Execute();
    }

    /// <summary>
    /// Joins the shared queue unless enough of this connection stand there. Whoever leaves it looks for more, behind its count, and so does
    /// who has not joined: those that were counted there may have been others that did not join either.
    /// </summary>
    private void Stand()
    {
        do
        {
            if (Interlocked.Increment(ref _standing) <= Width)
            {
                schedule(this);
                return;
            }
        }
        while (Interlocked.Decrement(ref _standing) < Width && !_waiting.IsEmpty);
    }
}
