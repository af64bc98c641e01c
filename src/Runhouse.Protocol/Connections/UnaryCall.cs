using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// A call with one result. Pooled: it is its own value task source, and goes back when its result has been taken. The result is decoded
/// there, on the caller's continuation, from a buffer that belongs to the call.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Pooled: the buffer is kept or trimmed when the call is recycled.")]
internal sealed class UnaryCall<TResult> : OutgoingCall<TResult>, IReferenceReader, IReferenceWriter, IPendingCall, IValueTaskSource<TResult>, IValueTaskSource, IDueWork
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private BodyBuffer _reply = new();
    private CallArguments _arguments;
    private CallStreams? _streams;
    private PassedReferences? _references;
    private List<IAsyncDisposable>? _received;
    private bool _holdsConnection;
    private RemoteMethod<TResult> _method = null!;
    private ConnectionTarget _target = null!;
    private ClientConnection _connection = null!;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _registration;
    private Exception? _failure;
    private ulong _id;
    private bool _isError;
    private bool _isAwaited;
    private Stage _stage;

    /// <summary>What the completion still waits behind.</summary>
    private enum Stage
    {
        Complete,
        BehindReports,
        BehindLogs,
    }

    Pace IDueWork.Pace => _method.Pace;

    RemoteMethod IPendingCall.Method => _method;

    TimeSpan? IPendingCall.Timeout => _target.Settings.Timeout;

    public static UnaryCall<TResult> Rent(ConnectionTarget target, RemoteMethod<TResult> method)
    {
        UnaryCall<TResult> call = Pool<UnaryCall<TResult>>.Rent();
        (call._target, call._method) = (target, method);
        call._arguments.Begin(target);
        return call;
    }

    public UnaryCall<TResult> AsConstructor(string? name, bool replace)
    {
        _arguments.BeginConstructor(name, replace);
        return this;
    }

    public override WireWriter BeginArguments() => _arguments.BeginWriting(this);

    ulong IReferenceWriter.Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form) => _arguments.AddReference(reference);

    RemoteRef<T> IReferenceReader.Read<T>(ulong id, WireRead<T>? readValue)
    {
        var reference = new FarRef<T>(_connection, id, readValue);
        (_received ??= []).Add(reference);
        return reference;
    }

    public override void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
        => _arguments.WriteStream(ref writer, items, writeItem);

    public override void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
        => _arguments.WriteProgress(ref writer, progress, readReport);

    public override ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken)
    {
        try
        {
            arguments.Flush();
        }
        catch (Exception error)
        {
            return FailAsync(ref arguments, error);
        }

        if (!_target.Router.TryGetRoute(out CallRoute route))
            return ConnectAndSendAsync(cancellationToken);
        try
        {
            Start(route, _target.Settings.Timeout, cancellationToken);
        }
        catch (Exception error)
        {
            Recycle();
            return error is OperationCanceledException cancelled
                ? ValueTask.FromCanceled<TResult>(cancelled.CancellationToken)
                : ValueTask.FromException<TResult>(error);
        }

        return new ValueTask<TResult>(this, _core.Version);
    }

    /// <summary>Sends arguments that have been written before. What this throws has kept the call from being sent.</summary>
    public ValueTask<TResult> SendWrittenAsync(in CallRoute route, TimeSpan? timeout, WrittenArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            _arguments.Take(arguments);
            Start(route, timeout, cancellationToken);
        }
        catch
        {
            Recycle();
            throw;
        }

        return new ValueTask<TResult>(this, _core.Version);
    }

    public override ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken)
    {
        try
        {
            arguments.Flush();
        }
        catch (Exception error)
        {
            return FailVoidAsync(ref arguments, error);
        }

        if (!_target.Router.TryGetRoute(out CallRoute route))
            return DropResultAsync(ConnectAndSendAsync(cancellationToken));
        try
        {
            Start(route, _target.Settings.Timeout, cancellationToken);
        }
        catch (Exception error)
        {
            Recycle();
            return error is OperationCanceledException cancelled
                ? ValueTask.FromCanceled(cancelled.CancellationToken)
                : ValueTask.FromException(error);
        }

        return new ValueTask(this, _core.Version);
    }

    public override ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error)
    {
        Exception explained = arguments.Translate(error);
        Recycle();
        return ValueTask.FromException<TResult>(explained);
    }

    public override ValueTask FailVoidAsync(ref WireWriter arguments, Exception error)
    {
        Exception explained = arguments.Translate(error);
        Recycle();
        return ValueTask.FromException(explained);
    }

    void IPendingCall.OnResult(scoped in FramePayload payload)
    {
        payload.MoveTo(ref _reply);
        EndReferences();
        Schedule();
    }

    void IPendingCall.OnError(scoped in FramePayload payload)
    {
        payload.MoveTo(ref _reply);
        _isError = true;
        EndReferences();
        Schedule();
    }

    void IPendingCall.OnFailed(Exception error)
    {
        // At once: neither logs nor reports that are still on their way hold up a cancellation.
        _failure = error;
        EndReferences();
        Handover.Queue(this);
    }

    void IDueWork.Dispatch() => Handover.Queue(this);

    void IThreadPoolWorkItem.Execute()
    {
        if (_stage != Stage.Complete)
        {
            Wait();
            return;
        }

        Pace pace = _method.Pace;
        long begin = Pace.Begin();
        _core.SetResult(true);
        pace.End(begin);
    }

    void IDueWork.Run()
    {
        if (_stage == Stage.Complete)
            _core.SetResult(true);
        else
            Wait();
    }

    /// <summary>It is this call's turn among the reports or the lines: the continuation is the caller's code and must not hold up those behind it.</summary>
    private void Wait()
    {
        if (_stage == Stage.BehindReports && !_connection.Logs.IsIdle)
        {
            _stage = Stage.BehindLogs;
            _connection.Logs.Enqueue(this);
            return;
        }

        _stage = Stage.Complete;
        Handover.Queue(this);
    }

    TResult IValueTaskSource<TResult>.GetResult(short token) => TakeResult(token);

    void IValueTaskSource.GetResult(short token) => TakeResult(token);

    ValueTaskSourceStatus IValueTaskSource<TResult>.GetStatus(short token) => GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => GetStatus(token);

    void IValueTaskSource<TResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => OnCompleted(continuation, state, token, flags);

    private static async ValueTask DropResultAsync(ValueTask<TResult> result) => await result.ConfigureAwait(false);

    private void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // Asked before the core is: it would give the first continuation the second one's state, and the first would wait for ever.
        if (token != _core.Version || _isAwaited)
            throw ValueTaskUse.Again();
        _isAwaited = true;
        _core.OnCompleted(continuation, state, token, flags);
    }

    private ValueTaskSourceStatus GetStatus(short token)
    {
        if (token != _core.Version)
            throw ValueTaskUse.Again();
        ValueTaskSourceStatus status = _core.GetStatus(token);
        return status != ValueTaskSourceStatus.Succeeded ? status
            : _failure is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : _failure is not null || _isError ? ValueTaskSourceStatus.Faulted
            : status;
    }

    private async ValueTask<TResult> ConnectAndSendAsync(CancellationToken cancellationToken)
    {
        try
        {
            (CallRoute route, TimeSpan? left) = await Routing.ResolveAsync(_target, _method.Name, _target.Settings.Timeout, cancellationToken).ConfigureAwait(false);
            Start(route, left, cancellationToken);
        }
        catch
        {
            Recycle();
            throw;
        }

        return await new ValueTask<TResult>(this, _core.Version).ConfigureAwait(false);
    }

    private void Start(in CallRoute route, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _connection = route.Connection;
        _cancellationToken = cancellationToken;
        if (_arguments.References is { } references)
        {
            references.BeginCall(_connection, _method.Name);
            _references = references;
        }

        // Until its result has been read, which may hold references that count themselves.
        if (_method.HoldsReferences)
        {
            _connection.Handles.Add();
            _holdsConnection = true;
        }

        List<CallAttachment>? attachments = _arguments.Attachments;
        _streams = attachments is null ? null : new CallStreams();
        _id = _connection.Register(this, _streams, timeout);
        OutgoingFrame frame = _arguments.Frame!;
        _arguments.Frame = null;
        CallArguments.WriteHeader(frame, _target, _method, route.ObjectId, _id, timeout);
        _connection.Send(frame, attachments, _streams, _id);
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((UnaryCall<TResult>)state!).Cancel(token), this);
    }

    private void Cancel(CancellationToken token) => _connection.FailCall(_id, new OperationCanceledException(token));

    private void Schedule()
    {
        if (_streams?.Reports is { IsIdle: false } reports)
        {
            _stage = Stage.BehindReports;
            reports.Enqueue(this);
        }
        else if (!_connection.Logs.IsIdle)
        {
            _stage = Stage.BehindLogs;
            _connection.Logs.Enqueue(this);
        }
        else
        {
            _connection.RunWhenRead(this);
        }
    }

    private TResult TakeResult(short token)
    {
        // A second await must not recycle a call that is already another one.
        try
        {
            _core.GetResult(token);
        }
        catch (InvalidOperationException)
        {
            throw token == _core.Version ? ValueTaskUse.Early(_method.Name) : ValueTaskUse.Again();
        }

        try
        {
            if (_failure is not null)
                throw _failure;
            if (_isError)
                throw ErrorReply.Read(_reply.Written, _target.Limits, _method, _target.Settings.Timeout, _connection.CallName(_id));
            if (_method.ReadResult is not { } read)
                return default!;
            return Read(read);
        }
        finally
        {
            Recycle();
        }
    }

    private TResult Read(WireRead<TResult> read)
    {
        try
        {
            var reader = new WireReader(_reply.Written, _target.Limits, this);
            return read(ref reader);
        }
        catch (Exception error)
        {
            // Whoever asked for them gets an exception instead.
            foreach (IAsyncDisposable reference in _received ?? [])
                _ = reference.DisposeAsync().AsTask();
            if (error is RemoteException)
                throw;
            throw new RemoteSerializationException(
                $"The result of '{_method.Name}' cannot be read: {error.Message} Redeploy, so that caller and worker run the same build.", error);
        }
    }

    // Almost no call has any, and an exchange costs as much as the rest of a small result.
    private void EndReferences() => (_references is null ? null : Interlocked.Exchange(ref _references, null))?.EndCall();

    private void Recycle()
    {
        // Waits for a cancellation that is running on another thread, so that it cannot hit the next call.
        _registration.Dispose();
        _registration = default;
        _arguments.Clear();
        EndReferences();
        _received = null;
        if (_holdsConnection)
            _connection.Handles.Drop();
        _holdsConnection = false;
        BodyBuffers.Trim(_reply);
        (_streams, _failure, _isError, _isAwaited, _stage, _id) = (null, null, false, false, Stage.Complete, 0);
        (_method, _target, _connection, _cancellationToken) = (null!, null!, null!, default);
        _core.Reset();
        Pool<UnaryCall<TResult>>.Return(this);
    }
}
