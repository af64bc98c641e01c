using Runhouse.Protocol.Connections;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Execution;

/// <summary>
/// The call that a flow is part of. One per call, and small: the pooled rest is behind a reference that ends with the call, so that a
/// flow which outlives its call sees an ended call and never the next one.
/// </summary>
internal sealed class CallContext(RunningCall call) : RemoteContext, ICallLog
{
    // The running call, then what is left of it.
    private object _state = call;

    /// <summary>The call of the current flow; null outside any call.</summary>
    public static new CallContext? Current => RemoteContext.Current as CallContext;

    /// <summary>Tells remote code that its machine is about to be taken away.</summary>
    /// <param name="endsAt">When this worker is ended.</param>
    public static void Announce(DateTimeOffset endsAt) => AnnounceEnd(endsAt);

    /// <inheritdoc/>
    public override string CallId
    {
        get
        {
            lock (this)
                return _state is RunningCall running ? running.CallName : ((EndedCall)_state).CallName;
        }
    }

    /// <inheritdoc/>
    public override string Host => Identity.Host;

    /// <inheritdoc/>
    public override string Worker => Identity.WorkerId;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken
    {
        get
        {
            lock (this)
                return _state is RunningCall running ? running.CancellationToken : new CancellationToken(canceled: true);
        }
    }

    private WorkerIdentity Identity
    {
        get
        {
            lock (this)
                return _state is RunningCall running ? running.Identity : ((EndedCall)_state).Identity;
        }
    }

    /// <inheritdoc/>
    protected override void OnRead()
    {
        // In the call, not here: two words are all that a call allocates for its context.
        lock (this)
            (_state as RunningCall)?.OnContextRead();
    }

    /// <inheritdoc/>
    public override bool Satisfies(Resources resources) => Identity.Resources.Satisfies(resources);

    /// <summary>The code that flows from here is part of this call.</summary>
    public void Enter() => Enter(this);

    /// <summary>Another call takes the place of one that has ended and has left no flow behind.</summary>
    /// <param name="next">The call.</param>
    public void Begin(RunningCall next)
    {
        lock (this)
            _state = next;
    }

    /// <summary>The call has ended: what still flows from it reaches neither its caller nor another one.</summary>
    public void End(EndedCall left)
    {
        lock (this)
            _state = left;
    }

    /// <inheritdoc/>
    public void Write(LogSource source, int level, string category, ReadOnlySpan<char> line)
    {
        LogRecord record = default;
        ServerCall? call;
        ServerConnection? connection;
        lock (this)
        {
            call = (_state as RunningCall)?.PrepareLine(source, level, category, line, out record);
            connection = call?.Connection;
        }

        // This may wait for the caller, as whoever asks for the call's token meanwhile must not.
        connection?.WriteLog(record, call);
    }

    /// <inheritdoc/>
    public LineBuffer? Lines(LogSource source)
    {
        lock (this)
            return (_state as RunningCall)?.Lines(source);
    }

    /// <summary>What is left of a call that has ended.</summary>
    /// <param name="CallName">The call's id; empty when nobody had asked for it.</param>
    /// <param name="Identity">The worker.</param>
    internal sealed record EndedCall(string CallName, WorkerIdentity Identity);
}
