using System.IO.Pipelines;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Connections;

/// <summary>A client's connection to a worker: many calls at once over one transport, and over the next one when that is lost.</summary>
public sealed partial class ClientConnection : IAsyncDisposable
{
    /// <summary>The protocol's own method that gets the value of a reference.</summary>
    internal const ulong FetchMethod = 3;

    private static readonly RemoteMethod<Unit> Release = new(1, "release of a remote object", 0, null);
    private static readonly RemoteMethod<Unit> Delete = new(2, "deletion of a remote object", 0, null);

    private readonly ResumableTransport _transport;
    private readonly ClientConnectionOptions _options;
    private readonly WorkerHello _worker;
    private readonly FrameConnection _frames;
    private readonly CallTable _calls;
    private readonly LogReceiver _lines;
    private readonly DeadlineSweep _deadlines;
    private readonly KeepAlive? _keepAlive;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOpen = true;
    private bool _isClosedHere;
    private string? _farewell;

    private ClientConnection(IDuplexPipe pipes, WorkerHello worker, ClientConnectionOptions options)
    {
        (_worker, _options) = (worker, options);
        _transport = new ResumableTransport(pipes, options.Limits.MaxUnacknowledgedBytes, options.TimeProvider);
        _frames = new FrameConnection(_transport, options.Limits, new FrameHandler(this), options.TimeProvider);
        _calls = new CallTable(options.Limits.MaxCallsInFlight);
        _lines = new LogReceiver(options.Log, Writer);
        _deadlines = new DeadlineSweep(options.TimeProvider, Sweep);
        Handles = new HandleCount(() => _ = CloseWhenIdleAsync());
        if (ClientGreeting.KeepAlive(options) is { Ticks: > 0 } interval)
            _keepAlive = new KeepAlive(_transport, interval, Writer, options.TimeProvider);
        if (options.Reconnect is null)
            return;
        var resumption = new ClientResumption(_transport, options.Reconnect, GreetAgainAsync, options.TimeProvider);
        _transport.Lost = _ => resumption.Start();
        _transport.Outlive(ClientGreeting.Grace(options));
    }

    /// <summary>The worker's id.</summary>
    public string WorkerId => _worker.WorkerId;

    /// <summary>The host's name.</summary>
    public string Host => _worker.Host;

    /// <summary>The session.</summary>
    public UInt128 SessionId => _worker.SessionId;

    /// <summary>Whether new calls can be made.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>The handles of objects in the worker, for which the connection stays open.</summary>
    public HandleCount Handles { get; }

    /// <summary>Ends when the connection has ended and its calls have been failed; never faults.</summary>
    public Task Completion => _completion.Task;

    /// <summary>Why the connection has ended; null while it has not.</summary>
    internal Exception? Loss => _calls.Closed;

    /// <summary>How long the transfer of a reference's value may take; null for no limit.</summary>
    internal TimeSpan? Timeout => _options.Timeout;

    /// <summary>The frames of the session.</summary>
    internal FrameConnection Frames => _frames;

    /// <summary>Where frames go out.</summary>
    internal FrameWriter Writer => _frames.Writer;

    /// <summary>Where lines of remote code are handed on in order; results queue behind the lines of their calls.</summary>
    internal SerialQueue Logs => _lines.Queue;

    /// <summary>Connects: shows the ticket and waits for the worker's hello.</summary>
    /// <param name="transport">The transport; closed with the connection when it is disposable.</param>
    /// <param name="handshake">What to show.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CredentialsException">The worker refused the ticket.</exception>
    /// <exception cref="HostUnreachableException">The worker refused the connection for another reason, or closed it.</exception>
    public static async Task<ClientConnection> ConnectAsync(
        IDuplexPipe transport, ClientHandshake handshake, ClientConnectionOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(handshake);
        ArgumentNullException.ThrowIfNull(options);
        WorkerHello worker;
        try
        {
            worker = await ClientGreeting.SendAsync(transport, ClientGreeting.Begin(handshake, options), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await Carrier.CloseAsync(transport).ConfigureAwait(false);
            if (error is IOException or SessionUnknownException)
                throw new HostUnreachableException($"What answered is not a worker that this version can speak to. {error.Message}", error);
            throw;
        }

        var connection = new ClientConnection(transport, worker, options);
        _ = connection._frames.RunAsync();
        return connection;
    }

    /// <summary>Ends when no call is in flight.</summary>
    public Task WhenIdleAsync() => _calls.WhenIdleAsync();

    /// <summary>Tells the worker that nobody holds an object here any more, or deletes it.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="delete">Whether the object goes even when it has a name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask ReleaseAsync(ulong objectId, bool delete, CancellationToken cancellationToken)
    {
        OutgoingCall<Unit> call = Own(objectId, timeout: null).Begin(delete ? Delete : Release);
        WireWriter arguments = call.BeginArguments();
        return call.SendVoidAsync(ref arguments, cancellationToken);
    }

    /// <summary>Closes a counted handle of an object, or deletes the object. Of a worker that is gone, nothing is left to close.</summary>
    /// <param name="objectId">The object.</param>
    /// <param name="delete">Whether the object goes even when it has a name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task CloseHandleAsync(ulong objectId, bool delete, CancellationToken cancellationToken)
    {
        try
        {
            if (!IsOpen)
                return;
            await ReleaseAsync(objectId, delete, cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteException) when (!IsOpen)
        {
            // The worker went away meanwhile, and the object with it: what was asked for has happened.
        }
        finally
        {
            Handles.Drop();
        }
    }

    /// <summary>Whoever opened the connection needs it no more: it closes with its last call and its last handle. Waits when it is idle now.</summary>
    public async Task RetireAsync()
    {
        if (!Handles.Retire())
            return;
        bool isIdle = WhenIdleAsync().IsCompleted;
        Task closing = CloseWhenIdleAsync();
        if (isIdle)
            await closing.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isOpen = false;
        _isClosedHere = true;
        await _frames.CloseAsync("The caller closes the connection.").ConfigureAwait(false);
        await _completion.Task.ConfigureAwait(false);
    }

    /// <summary>Where calls of an object go that can only be reached over this connection.</summary>
    internal ConnectionTarget Own(ulong objectId, TimeSpan? timeout)
        => new(new OwnRoute(this, objectId), ObjectForm.Array, new CallSettings(timeout, StreamLogs: false), _options.Limits);

    /// <summary>Runs work behind the frames that have come with the one that is being handled.</summary>
    internal void RunWhenRead(IDueWork work) => _frames.RunWhenRead(work);

    /// <summary>The number of a call for messages.</summary>
    internal string CallName(ulong callId) => CallNames.Of(WorkerId, SessionId, callId);

    /// <summary>What a call in flight calls, for messages.</summary>
    private string NameOf(ulong callId) => _calls.Find(callId) is { } call ? "'" + call.Method.Name + "'" : "call " + CallName(callId);

    /// <summary>Puts a call in the table.</summary>
    internal ulong Register(IPendingCall call, CallStreams? streams, TimeSpan? timeout)
    {
        long deadline = timeout is { } limit ? DeadlineSweep.After(_options.TimeProvider, limit) : 0;

        // What a call writes that remote code makes belongs to the call that makes it, and reaches that one's caller.
        ExecutionContext? flow = RemoteContext.Current is null ? null : ExecutionContext.Capture();
        if (_calls.Add(call, streams, deadline, flow, out ulong id))
            _deadlines.Arm();
        return id;
    }

    /// <summary>Sends a registered call and starts what its arguments need.</summary>
    internal void Send(OutgoingFrame frame, List<CallAttachment>? attachments, CallStreams? streams, ulong callId)
    {
        long bytes = frame.PayloadLength;
        if (bytes >= FrameWriter.CountedBytes && Writer.Bodies.Count + bytes > _options.Limits.MaxBytesInFlight)
        {
            frame.Return();
            FailCall(callId, new OverloadedException(
                bytes > _options.Limits.MaxBytesInFlight
                    ? $"{NameOf(callId)} was not sent: {Admission.TooLargeAlone(bytes, _options.Limits.MaxBytesInFlight, nameof(WireLimits.MaxBytesInFlight))}"
                    : $"{NameOf(callId)} was not sent: with its {bytes} bytes of arguments, more than {_options.Limits.MaxBytesInFlight} would wait for the connection. Await some of the calls first, or raise Runhouse:Limits:MaxBytesInFlight."));
            return;
        }

        if (attachments is not null)
        {
            foreach (CallAttachment attachment in attachments)
                attachment.Attach(this, callId, streams!);
        }

        // Alone on the connection, this thread writes: nothing can be batched, and a thread switch is saved.
        Writer.Enqueue(frame, inline: _calls.Count == 1);
        if (attachments is not null)
        {
            foreach (CallAttachment attachment in attachments)
                attachment.Start(this, callId, streams!);
        }
    }

    /// <summary>Ends a call on this side and cancels it on the other; does nothing when it has ended.</summary>
    internal void FailCall(ulong callId, Exception error)
    {
        if (!_calls.TryRemove(callId, out IPendingCall? call, out CallStreams? streams))
            return;
        Writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, callId));
        streams?.End(null);
        call.OnFailed(error);
    }

    private async Task CloseWhenIdleAsync()
    {
        while (_calls.CloseIfIdle(ClosedByOwner()) is { } idle)
            await idle.ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    private async Task<long> GreetAgainAsync(IDuplexPipe pipes, ClientHandshake handshake, CancellationToken cancellationToken)
    {
        ClientHello hello = ClientGreeting.Begin(handshake, _options) with
        {
            SessionId = SessionId,
            SessionSecret = _worker.SessionSecret,
            Received = _transport.Input.Received,
        };
        WorkerHello worker = await ClientGreeting.SendAsync(pipes, hello, cancellationToken).ConfigureAwait(false);
        return worker.SessionId == SessionId ? worker.Received : throw new SessionUnknownException("The worker has begun another session.");
    }

    private HostUnreachableException ClosedByOwner()
        => new($"The connection to worker {WorkerId} on {Host} was closed by its owner. Connect anew.");

    private bool Sweep(long now)
    {
        var expired = new List<(ulong Id, IPendingCall Call, CallStreams? Streams)>();
        bool more = _calls.RemoveExpired(now, expired);
        foreach ((ulong id, IPendingCall call, CallStreams? streams) in expired)
        {
            Writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, id));
            RemoteTimeoutException error = TimeLimit.Passed(call.Method, call.Timeout.GetValueOrDefault(), CallName(id));
            streams?.End(error);
            call.OnFailed(error);
        }

        return more;
    }

    private async Task OnEndedAsync(Exception? cause)
    {
        _isOpen = false;
        _deadlines.Dispose();
        _keepAlive?.Dispose();
        Exception error;
        try
        {
            error = _isClosedHere
                ? ClosedByOwner()
                : _options.ExplainLoss is { } explain
                    ? await explain(cause).ConfigureAwait(false)
                    : _options.Reconnect is not null
                    ? new OutcomeUnknownException(
                        $"The connection to worker {WorkerId} on {Host} was lost and could not be made again: {cause?.Message ?? _farewell ?? "the worker closed it."} Whether the calls in flight ran is not known.", cause)
                    : new WorkerLostException(
                        $"The connection to worker {WorkerId} on {Host} was lost: {cause?.Message ?? _farewell ?? "the worker closed it."} Call again; calls that had begun may have run.", cause);
        }
        catch (Exception explanation)
        {
            error = new WorkerLostException(
                $"The connection to worker {WorkerId} on {Host} was lost, and why could not be found out: {explanation.Message} Ask the host for its status.", explanation);
        }

        foreach ((IPendingCall call, CallStreams? streams) in _calls.Close(error))
        {
            streams?.End(error);
            call.OnFailed(error);
        }

        _completion.TrySetResult();
    }

    /// <summary>The only route of a call that is about the connection itself.</summary>
    private sealed class OwnRoute(ClientConnection connection, ulong objectId) : ICallRouter
    {
        public bool IsBound => true;

        public bool TryGetRoute(out CallRoute route)
        {
            route = new CallRoute(connection, objectId);
            return true;
        }

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => new(new CallRoute(connection, objectId));
    }
}
