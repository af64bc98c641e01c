namespace Runhouse;

/// <summary>What remote code can ask about the call that it is part of and about the place in which it runs.</summary>
public abstract class RemoteContext
{
    private static readonly AsyncLocal<RemoteContext?> Ambient = new();

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

    /// <summary>Makes <paramref name="context"/> the current one for the code that flows from here.</summary>
    /// <param name="context">The context of the call about to run, or null when it has ended.</param>
    protected static void Enter(RemoteContext? context) => Ambient.Value = context;
}
