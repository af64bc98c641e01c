using System.Runtime.CompilerServices;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;
using Runhouse.Worker.Loading;
using Runhouse.Worker.Logs;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Execution;

/// <summary>
/// One call from its arrival to its end; pooled with the protocol's call. Generated code dispatches on this: it passes everything on to the protocol's call and
/// sends what the call has written before its result.
/// </summary>
internal sealed class RunningCall : IncomingCall, IDueWork, IGatedCall
{
    /// <summary>So much of a message goes into a line of the log.</summary>
    private const int MostLogged = 2000;

    private readonly CallRunner _runner;
    private readonly ServerCall _call;
    private readonly Action _dispatched;
    private MemberEntry _entry = null!;
    private ObjectEntry? _object;
    private ConcurrencyGate? _gate;
    private CallContext _context = null!;

    // Of calls without logs, for the next one of them: see EnterContext.
    private CallContext? _unseen;
    private ExecutionContext? _unseenFlow;
    private bool _isContextRead;
    private volatile bool _keepsThread;

    // Twice the generation, and one more once the call no longer counts.
    private int _standing;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _dispatch;
    private object? _constructed;
    private string? _callName;
    private LineBuffer? _output;
    private LineBuffer? _error;

    public RunningCall(CallRunner runner, ServerCall call)
    {
        (_runner, _call) = (runner, call);
        _dispatched = Dispatched;
        call.StreamEnding = () => FlushLines(_context);
    }

    /// <summary>Whether it runs the calls of <paramref name="runner"/>.</summary>
    public bool IsOf(CallRunner runner) => _runner == runner;

    /// <summary>Which call of those that it has served and will serve this is.</summary>
    public int Generation => Volatile.Read(ref _standing) / 2;

    /// <summary>Whether its code has a thread and has not yet returned or begun to wait without one.</summary>
    public bool KeepsThread => _keepsThread;

    /// <summary>Counts a call no longer as one in flight, though it goes on.</summary>
    /// <param name="generation">Which call.</param>
    /// <returns>Whether it did count: it has not ended.</returns>
    public bool TryDiscount(int generation) => Interlocked.CompareExchange(ref _standing, (2 * generation) + 1, 2 * generation) == 2 * generation;

    /// <summary>The call's id in words.</summary>
    public string CallName => _callName ??= _call.CallName;

    /// <inheritdoc/>
    Pace IDueWork.Pace => _entry.Pace;

    /// <summary>The worker.</summary>
    public WorkerIdentity Identity => _runner.Identity;

    /// <inheritdoc/>
    public override ulong MethodId => _call.MethodId;

    /// <inheritdoc/>
    public override object? Target => _call.Target;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken => _call.CancellationToken;

    /// <summary>The call has arrived; <see cref="Start"/> follows at once, or when the gate lets it in.</summary>
    public void Prepare(MemberEntry entry, ObjectEntry? target, ConcurrencyGate? gate)
    {
        (_entry, _object, _gate) = (entry, target, gate);
        _call.Member = entry.Member;
        if (target is not null)
            _call.SetTarget(target.Instance);
    }

    /// <inheritdoc/>
    public void Start() => Dispatch();

    /// <inheritdoc/>
    public void Dispatch()
    {
        if (_entry.Member.IsBlocking)
            _runner.QueueOf(_call.Connection).Add(this);
        else
            _call.Connection.Tasks.Add(this);
    }

    /// <inheritdoc/>
    public void Execute()
    {
        // Behind it this is another call.
        var pace = _entry.Pace;
        long begin = Pace.Begin();
        Run();
        pace.End(begin);
    }

    /// <inheritdoc/>
    public void Run()
    {
        long allocated = EnterContext();
        try
        {
            // It may have waited for its turn for longer than its caller did.
            if (_call.IsAbandoned)
                throw new OperationCanceledException(_call.CancellationToken);

            // A constructor's body begins with what is said about its object: what is wrong with that is the call's error, too.
            if (_entry.Member.Kind == RemoteMemberKind.Constructor)
                _ = _call.ObjectName;
            _keepsThread = true;
            _dispatch = Awaiter(_entry.Contract.Contract.DispatchAsync(this));
            _keepsThread = false;
        }
        catch (Exception exception)
        {
            _keepsThread = false;
            _unseen = null;
            Fail(Explain(exception));
            return;
        }

        // A copy: once registered, the call may end, and its fields be another call's.
        var dispatch = _dispatch;
        if (_unseen is not null && (!dispatch.IsCompleted || _isContextRead || allocated != GC.GetAllocatedBytesForCurrentThread()))
            _unseen = null;
        if (dispatch.IsCompleted)
            Dispatched();
        else
            dispatch.UnsafeOnCompleted(_dispatched);
    }

    /// <summary>
    /// Makes the call the current one of this flow. Each call has a context of its own, since code may keep it, and a flow may outlive its call
    /// and must not see the next one. But a synchronous member that has not asked for the context, and has made no object in which a flow could
    /// go on, has left neither behind, and its context serves again. Only without logs, so that no line can ever reach another caller.
    /// </summary>
    /// <returns>What this thread had allocated before the call began.</returns>
    private long EnterContext()
    {
        _isContextRead = false;
        bool isOwn = _call.WantsLogs || !_entry.Member.IsBlocking;
        if (isOwn || _unseen is null)
        {
            _context = new CallContext(this);
            _context.Enter();
            if (isOwn)
                return -1;
            (_unseen, _unseenFlow) = (_context, ExecutionContext.Capture());
        }
        else
        {
            _context = _unseen;
            _context.Begin(this);
            ExecutionContext.Restore(_unseenFlow!);
        }

        return GC.GetAllocatedBytesForCurrentThread();
    }

    private static ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter Awaiter(ValueTask dispatch)
        => dispatch.ConfigureAwait(false).GetAwaiter();

    /// <inheritdoc/>
    protected override WireReader OpenArguments() => _call.Arguments();

    /// <inheritdoc/>
    public override IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem) => _call.ReadStream(ref reader, readItem);

    /// <inheritdoc/>
    public override IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport) => _call.ReadProgress(ref reader, writeReport);

    /// <inheritdoc/>
    public override T GetService<T>(string parameter) => (T)_entry.Contract.Resolve(typeof(T), parameter);

    /// <inheritdoc/>
    public override WireWriter BeginResult() => _call.BeginResult();

    /// <inheritdoc/>
    public override void Complete(ref WireWriter result)
    {
        FlushLines(_context);
        _call.Complete(ref result);
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        FlushLines(_context);
        _call.Complete();
    }

    /// <inheritdoc/>
    public override void CompleteWithObject(object instance)
    {
        _constructed = instance;
        _call.CompleteWithObject(instance);
    }

    /// <inheritdoc/>
    public override ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem)
        => _call.CompleteWithStreamAsync(items, writeItem);

    /// <summary>A line for the caller and where it is sent; null when the caller wants none.</summary>
    public ServerCall? PrepareLine(LogSource source, int level, string category, ReadOnlySpan<char> line, out LogRecord record)
    {
        record = _call.WantsLogs ? new LogRecord(_call.CallId, _runner.Time.GetUtcNow(), level, category, line.ToString(), source) : default;
        return _call.WantsLogs ? _call : null;
    }

    /// <summary>Code of the call has asked for its context, and may keep it.</summary>
    public void OnContextRead() => _isContextRead = true;

    /// <summary>The lines that the call writes on the console.</summary>
    public LineBuffer Lines(LogSource source)
        => source == LogSource.StandardError ? _error ??= new LineBuffer() : _output ??= new LineBuffer();

    private void Dispatched()
    {
        try
        {
            _dispatch.GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        if (_constructed is { } instance)
            Construct(instance);
        else
            End();
    }

    private void Construct(object instance)
    {
        ulong id = ObjectId.New();
        string typeName = _entry.Member.TypeName;
        if (_call.ObjectName is { } name)
        {
            _ = ConstructNamedAsync(new ObjectEntry(id, instance, typeName, name, _call.Connection.SessionId), _call.ReplaceName);
            return;
        }

        var entry = new ObjectEntry(id, instance, typeName, null, _call.Connection.SessionId);
        if (_call.IsAbandoned)
        {
            // Nobody will ever hold the handle.
            _ = _runner.Disposal.DisposeAsync(entry);
            Fail(new OperationCanceledException(_call.CancellationToken));
            return;
        }

        _runner.Objects.Add(entry);
        FlushLines(_context);
        if (!_call.CompleteConstruction(id))
            _runner.Objects.Drop(id);
        End();
    }

    private async Task ConstructNamedAsync(ObjectEntry entry, bool replace)
    {
        // In the table before the host answers: from then on the host hands its id to others.
        _runner.Objects.Add(entry);
        NameReservation reservation;
        try
        {
            string? construction = _runner.Kept.Add(entry, _entry.Contract.Contract, () => Construction.Of(_call));
            reservation = await _runner.Names.ReserveAsync(entry.Name!, entry.TypeName, entry.Id, replace, construction).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _runner.Objects.Drop(entry.Id);
            Fail(exception);
            return;
        }

        if (reservation.Error is { } error)
        {
            _runner.Objects.Drop(entry.Id);
            Fail(reservation.IsNotKept ? new SnapshotException(error) : new NameInUseException(error));
            return;
        }

        FlushLines(_context);

        // Cancelled meanwhile: its caller was told that there is no such object, so the name must be free as well.
        if (_call.CompleteConstruction(entry.Id))
            entry.Kept?.Request();
        else
            _runner.Objects.Delete(entry.Id);
        End();
    }

    private void Fail(Exception exception)
    {
        FlushLines(_context);
        bool isUnheard = _call.IsAbandoned && _entry.Member.IsStream && exception is not (OperationCanceledException or RemoteTimeoutException);
        _call.Fail(_runner.Deployment.Missing.Explain(exception));
        if (isUnheard)
            LogUnheard(exception);
        End();
    }

    /// <summary>The consumer of a stream has left, and its producer could not clean up behind it: nobody else would hear of that.</summary>
    private void LogUnheard(Exception exception)
    {
        string message;
        try
        {
            message = exception.Message;
        }
        catch (Exception)
        {
            // It is its own code that runs here.
            message = "(the message could not be read)";
        }

        _runner.Log($"Call {CallName} of '{_entry.Member.Signature}' failed when its caller waited for it no more: {exception.GetType()}: {message[..Math.Min(message.Length, MostLogged)]}");
    }

    private void End()
    {
        FlushLines(_context);
        _context.End(_callName is null ? _runner.Ended : new CallContext.EndedCall(_callName, Identity));
        // What a stray thread wrote between the two lines above is no part of the next call.
        FlushLines(null);
        var (target, gate) = (_object, _gate);
        (_entry, _object, _gate, _context) = (null!, null, null, null!);
        (_dispatch, _constructed, _callName) = (default, null, null);
        int standing = Interlocked.Exchange(ref _standing, 2 * (Generation + 1));
        _runner.OnEnded(_call, target, gate, isCounted: standing % 2 == 0);
    }

    private void FlushLines(CallContext? context)
    {
        if (_output is not null)
            _runner.Output.Flush(_output, context);
        if (_error is not null)
            _runner.Error.Flush(_error, context);
    }
}
