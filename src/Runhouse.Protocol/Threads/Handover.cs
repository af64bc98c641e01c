namespace Runhouse.Protocol.Threads;

/// <summary>
/// Hands work to another thread: one of the pool's, unless the pool has none to spare. Callers may block its threads, all of them, until
/// their calls have ended; what ends those calls must then not stand behind other work in the pool's queue, whose next thread would take a
/// caller that blocks it as well. Such work runs on threads of its own.
/// </summary>
internal static class Handover
{
    private static readonly BlockingThreads Relief = new("Runhouse relief");

    /// <summary>Runs <paramref name="work"/> on another thread, soon.</summary>
    public static void Queue(IThreadPoolWorkItem work)
    {
        if (HasSpareThread())
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        else
            Relief.Queue(work);
    }

    /// <summary>Whether a thread of the pool is idle, or would be started at once.</summary>
    private static bool HasSpareThread()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
            return false;
        ThreadPool.GetMaxThreads(out int most, out _);
        ThreadPool.GetAvailableThreads(out int available, out _);
        ThreadPool.GetMinThreads(out int least, out _);
        return most - available < Math.Max(ThreadPool.ThreadCount, least);
    }
}
