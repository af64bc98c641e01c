namespace Runhouse.Protocol.Threads;

/// <summary>The threads of read loops that wait for their connection themselves: what waits must not be a thread of the pool.</summary>
internal static class ReaderThread
{
    [ThreadStatic]
    private static bool _isCurrent;

    /// <summary>Whether this is such a thread.</summary>
    public static bool IsCurrent => _isCurrent;

    /// <summary>Goes on with a loop on a thread of its own.</summary>
    /// <param name="loop">The loop.</param>
    public static void Start(IThreadPoolWorkItem loop)
        => new Thread(Run) { IsBackground = true, Name = "Runhouse reader" }.UnsafeStart(loop);

    private static void Run(object? loop)
    {
        _isCurrent = true;
        ((IThreadPoolWorkItem)loop!).Execute();
    }
}
