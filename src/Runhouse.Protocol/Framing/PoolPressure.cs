namespace Runhouse.Protocol.Framing;

/// <summary>
/// How far the thread pool is behind. Callers may block its threads, all of them, until their calls have ended; what ends those calls must then
/// not stand behind other work in the pool's queue.
/// </summary>
internal static class PoolPressure
{
    private static readonly int Many = 2 * Environment.ProcessorCount;

    /// <summary>Whether what this thread gives to the pool would have to wait, and this is one of its threads itself.</summary>
    public static bool HoldsUp => Thread.CurrentThread.IsThreadPoolThread && ThreadPool.PendingWorkItemCount > 0;

    /// <summary>Whether so much waits that its threads are likely to be blocked.</summary>
    public static bool IsStarved => ThreadPool.PendingWorkItemCount >= Many;
}
