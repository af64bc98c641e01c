namespace Runhouse.Protocol.Sockets;

/// <summary>So many connections of a process have a thread that waits for them; those beyond share the threads of the socket engine.</summary>
internal static class WaitingThreads
{
    private const int Most = 64;

    private static int _taken;

    /// <summary>Takes one; false when all are taken.</summary>
    public static bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= Most)
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    /// <summary>Gives one back.</summary>
    public static void Return() => Interlocked.Decrement(ref _taken);
}
