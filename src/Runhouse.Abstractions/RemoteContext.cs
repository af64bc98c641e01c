namespace Runhouse;

/// <summary>What remote code can ask about the call that it is part of and about the place in which it runs.</summary>
public abstract class RemoteContext
{
    private static readonly AsyncLocal<RemoteContext?> Ambient = new();
    private static readonly CancellationTokenSource EndSource = new();
    private static long _endsAt;

    /// <summary>
    /// Cancelled when the machine that this code runs on is about to be taken away: its provider has given notice of the end of a spot machine, or its scheduler of the end of a pod or a job. What code saves until
    /// <see cref="EndsAt"/> is not lost; calls that have not ended by then fail with a <see cref="WorkerLostException"/> whose reason is <see cref="WorkerLossReason.Preempted"/>, or <see cref="WorkerLossReason.Evicted"/>.
    /// Never cancelled outside a worker.
    /// </summary>
    public static CancellationToken Ending => EndSource.Token;

    /// <summary>When workers of this machine are ended; null while no end is known.</summary>
    public static DateTimeOffset? EndsAt => Interlocked.Read(ref _endsAt) is not 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>The call that this code is part of, or null where no remote call is running: in the caller's own process.</summary>
    public static RemoteContext? Current
    {
        get
        {
            RemoteContext? current = Ambient.Value;
            current?.OnRead();
            return current;
        }
    }

    /// <summary>The call's id, as it appears in logs and errors.</summary>
    public abstract string CallId { get; }

    /// <summary>The host on which the call runs.</summary>
    public abstract string Host { get; }

    /// <summary>The worker in which the call runs.</summary>
    public abstract string Worker { get; }

    /// <summary>Cancelled when the caller cancels, when the deadline passes, and when the worker stops.</summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>Whether this worker has what <paramref name="resources"/> asks for, so that a nested remote call runs in place.</summary>
    /// <param name="resources">The needs of the code about to be called.</param>
    public abstract bool Satisfies(Resources resources);

    /// <summary>Code has asked for this context: it may keep it.</summary>
    protected virtual void OnRead()
    {
    }

    /// <summary>Makes it known that the machine is about to be taken away; the first word counts.</summary>
    /// <param name="endsAt">When workers are ended.</param>
    protected static void AnnounceEnd(DateTimeOffset endsAt)
    {
        // What code has registered may throw, and is its own.
        if (Interlocked.CompareExchange(ref _endsAt, endsAt.UtcTicks, 0) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static _ => EndSource.Cancel(), null);
    }

    /// <summary>Makes <paramref name="context"/> the current one for the code that flows from here.</summary>
    /// <param name="context">The context of the call about to run, or null when it has ended.</param>
    protected static void Enter(RemoteContext? context) => Ambient.Value = context;
}
