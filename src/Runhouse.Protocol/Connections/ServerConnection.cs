using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Connections;

/// <summary>A worker's end of a session: of one connection, or of several after each other when one is lost.</summary>
public sealed class ServerConnection : IAsyncDisposable
{
    private const ulong ReleaseMethod = 1;
    private const ulong DeleteMethod = 2;

    private readonly ServerConnectionOptions _options;
    private readonly ICallHandler _handler;
    private readonly ResumableTransport _transport;
    private readonly FrameConnection _frames;
    private readonly SemaphoreSlim _resuming = new(1);
    private readonly DeadlineSweep _deadlines;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ServerCall> _calls = [];
    private readonly HandedOutIds _handedOut;
    private readonly KeepAlive? _keepAlive;
    private int _deadlineCount;
    private volatile bool _isRunning;

    private ServerConnection(IDuplexPipe pipes, ClientHello hello, ServerConnectionOptions options, ICallHandler handler)
    {
        (_options, _handler) = (options, handler);
        SessionId = BinaryPrimitives.ReadUInt128LittleEndian(RandomNumberGenerator.GetBytes(16));
        _transport = new ResumableTransport(pipes, options.Limits.MaxUnacknowledgedBytes, options.TimeProvider);
        if (options.Sessions is not null)
            _transport.Outlive(TimeSpan.FromTicks(Math.Min(hello.Grace.Ticks, TimeSpan.FromSeconds(options.Limits.SessionGraceSeconds).Ticks)));
        if (hello.KeepAlive > TimeSpan.Zero)
            _keepAlive = new KeepAlive(_transport, hello.KeepAlive, pings: null, options.TimeProvider);
        _frames = new FrameConnection(_transport, options.Limits, new Frames(this), options.TimeProvider);
        _deadlines = new DeadlineSweep(options.TimeProvider, Sweep);
        _handedOut = new HandedOutIds(options.Limits.MaxCallsInFlight);
        Admission = new Admission(options.Limits, options.Budget);
        Tasks = new FairQueue(static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false));
    }

    /// <summary>The session.</summary>
    public UInt128 SessionId { get; }

    /// <summary>The calls of this connection on their way to the thread pool.</summary>
    public FairQueue Tasks { get; }

    /// <summary>The same on their way to threads that may block; made by whoever has them.</summary>
    public FairQueue? Blocking { get; set; }

    internal FrameWriter Writer => _frames.Writer;

    internal ServerConnectionOptions Options => _options;

    /// <summary>
    /// Authenticates a client and greets it. Null when it was refused, which it has been told, and when it resumed a session: that goes on
    /// over this transport.
    /// </summary>
    /// <param name="transport">The transport; closed with the session when it is disposable.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="handler">Takes the calls.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<ServerConnection?> AcceptAsync(
        IDuplexPipe transport, ServerConnectionOptions options, ICallHandler handler, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        return SessionAcceptance.AcceptAsync(transport, options, hello => new ServerConnection(transport, hello, options, handler), cancellationToken);
    }

    /// <summary>Serves until the session ends; never faults.</summary>
    public Task RunAsync()
    {
        _isRunning = true;
        return _frames.RunAsync();
    }

    /// <summary>Runs work behind the frames that have come with the call that is being handled; called in <see cref="ICallHandler.OnCall"/>.</summary>
    /// <param name="work">The work.</param>
    public void RunWhenRead(IDueWork work) => _frames.RunWhenRead(work);

    /// <summary>Sends a line to the caller of the call it belongs to.</summary>
    /// <param name="record">The line.</param>
    public void WriteLog(in LogRecord record)
    {
        Writer.Enqueue(LogFrames.Write(record, _options.Limits.MaxBodyBytes));

        // As a full pipe does it: code that writes faster than its caller reads waits.
        Writer.Lines.WaitBelow(StreamWindow.Bytes);
    }

    /// <summary>Tells the client to make no new calls here, or why the connection ends.</summary>
    /// <param name="code">Why.</param>
    /// <param name="message">Why, in words.</param>
    public void GoAway(GoAwayCode code, string message) => _frames.GoAway(code, message);

    /// <summary>Waits until what has been sent so far is on its way: a client that lost its connection has until the grace period is over to come back.</summary>
    public Task DeliverAsync() => _frames.DeliverAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _frames.CloseAsync("The worker closes the connection.").ConfigureAwait(false);
        if (_isRunning)
        {
            await _frames.Ended.ConfigureAwait(false);
            return;
        }

        _deadlines.Dispose();
        _keepAlive?.Dispose();
        await _transport.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes a call out: whoever does so sends its outcome.</summary>
    /// <param name="call">The call.</param>
    /// <param name="handedOut">The ids of what the outcome hands out.</param>
    internal bool TryEnd(ServerCall call, List<ulong>? handedOut = null)
    {
        lock (_lock)
        {
            if (!Remove(call))
                return false;
            if (handedOut is not null)
                _handedOut.Add(call.CallId, handedOut);
            return true;
        }
    }

    /// <summary>Whether only this call is in flight, so that its thread writes the outcome.</summary>
    internal bool IsLast
    {
        get
        {
            lock (_lock)
                return _calls.Count == 0;
        }
    }

    /// <summary>Whether a call still waits for its outcome.</summary>
    internal bool IsActive(ulong callId)
    {
        lock (_lock)
            return _calls.ContainsKey(callId);
    }

    /// <summary>What is in flight here.</summary>
    internal Admission Admission { get; }

    /// <summary>Sends a call's error; falls back to its message when it cannot be written as a whole.</summary>
    internal void SendError(ulong callId, Exception error)
    {
        OutgoingFrame frame = OutgoingFrame.Rent(_options.Limits.MaxBodyBytes);
        try
        {
            ErrorCodec.Write(frame.Body, error, _options.Host, _options.WorkerId, CallName(callId));
        }
        catch (Exception unwritable)
        {
            frame.Body.Reset();
            var instead = new RemoteException($"{error.GetType().FullName}: {error.Message} (it could not be sent as a whole: {unwritable.Message})");
            ErrorCodec.Write(frame.Body, instead, _options.Host, _options.WorkerId, CallName(callId));
        }

        Writer.Enqueue(frame.As(FrameKind.Error, callId));
    }

    internal string CallName(ulong callId) => $"{_options.WorkerId}/{callId:x}";

    /// <summary>What the client is told when the session begins or goes on.</summary>
    internal WorkerHello Greeting
        => new(SessionId, Hello.SecretOf(SessionId, _options.TicketKey), _transport.Input.Received, _options.WorkerId, _options.Host);

    /// <summary>Goes on over another connection; false when the session has ended or the client has gone away again.</summary>
    /// <param name="transport">The connection; the session's from now on if this returns true.</param>
    /// <param name="received">How much the client says to have received.</param>
    internal async Task<bool> ResumeAsync(IDuplexPipe transport, long received)
    {
        await _resuming.WaitAsync().ConfigureAwait(false);
        try
        {
            // The connection that the client has given up may look alive from here. What the client is told to have arrived must stand.
            await _transport.DetachAsync().ConfigureAwait(false);
            return !_transport.HasEnded
                && await ServerHandshake.AnswerAsync(transport, Greeting).ConfigureAwait(false)
                && _transport.TryAttach(transport, received);
        }
        finally
        {
            _resuming.Release();
        }
    }

    private bool Sweep(long now)
    {
        List<(ServerCall Call, ulong Id)> expired = [];
        bool more;
        lock (_lock)
        {
            foreach (ServerCall call in _calls.Values)
            {
                if (call.DeadlineAt != 0 && call.DeadlineAt <= now)
                    expired.Add((call, call.CallId));
            }

            foreach ((ServerCall call, _) in expired)
            {
                Remove(call);
                call.Abandon(timedOut: true);
            }

            more = _deadlineCount > 0;
        }

        foreach ((_, ulong id) in expired)
            SendError(id, new RemoteTimeoutException($"Call {CallName(id)} did not end before its deadline and was cancelled. Raise the timeout if it needs longer."));
        return more;
    }

    private bool Remove(ServerCall call)
    {
        if (!_calls.TryGetValue(call.CallId, out ServerCall? found) || !ReferenceEquals(found, call))
            return false;
        _calls.Remove(call.CallId);
        if (call.DeadlineAt != 0)
            _deadlineCount--;
        return true;
    }

    private void OnCall(ulong callId, scoped in FramePayload payload)
    {
        int headerSize = CallHeader.Read(payload.Bytes, out CallHeader header, out System.Diagnostics.ActivityContext trace);
        if (callId == 0 || headerSize == 0 || header.MethodId is ReleaseMethod or DeleteMethod)
        {
            Admission.Pass(payload);
            if (callId == 0)
                throw new ProtocolViolationException("a call without a number");
            if (headerSize == 0)
                throw new ProtocolViolationException("a call frame shorter than its header");
            _handler.OnRelease(this, header.ObjectId, header.MethodId == DeleteMethod);
            Writer.Enqueue(OutgoingFrame.Short(FrameKind.Result, callId));
            return;
        }

        if (Admission.Admit(payload) is { } overloaded)
        {
            SendError(callId, overloaded);
            return;
        }

        long deadline = header.DeadlineMilliseconds == 0 ? 0
            : DeadlineSweep.After(_options.TimeProvider, TimeSpan.FromMilliseconds(header.DeadlineMilliseconds));
        ServerCall call = ServerCall.Rent(this, callId, header, trace, deadline, headerSize, payload);
        bool isNew;
        bool arm;
        lock (_lock)
        {
            isNew = _calls.TryAdd(callId, call);
            arm = isNew && deadline != 0 && _deadlineCount++ == 0;
        }

        if (!isNew)
        {
            call.Release();
            throw new ProtocolViolationException($"call {callId} is made twice");
        }

        if (arm)
            _deadlines.Arm();
        _handler.OnCall(call);
    }

    private CallStreams? FindStreams(ulong callId, bool create)
    {
        lock (_lock)
            return _calls.TryGetValue(callId, out ServerCall? call) ? create ? call.EnsureStreams() : call.Streams : null;
    }

    private void OnCancel(ulong callId)
    {
        List<ulong>? undelivered;
        lock (_lock)
        {
            if (_calls.TryGetValue(callId, out ServerCall? call))
            {
                Remove(call);
                call.Abandon(timedOut: false);
                return;
            }

            undelivered = _handedOut.Take(callId);
        }

        // The cancel has crossed the outcome, and the client has dropped it: nobody will ever hold what it handed out.
        foreach (ulong id in undelivered ?? [])
            _handler.OnRelease(this, id, delete: true);
    }

    private void OnEnd(ulong callId, scoped in FramePayload payload)
    {
        if (payload.Length < 1)
            throw new ProtocolViolationException("an end frame without a stream");
        byte index = payload[0];
        if (index == 0 || FindStreams(callId, create: true) is not { } streams)
            return;
        Exception? error = null;
        if (payload.Length > 1)
        {
            var body = new BodyBuffer();
            payload.MoveTo(ref body);
            error = ErrorReply.Read(body.Written[1..].ToArray(), _options.Limits);
            body.Dispose();
        }

        Receiver(streams, callId, index).OnEnd(error);
    }

    internal StreamReceiver Receiver(CallStreams streams, ulong callId, byte index)
        => streams.GetOrAdd(index, () => new StreamReceiver(Writer, callId, index));

    private void OnEnded()
    {
        _options.Sessions?.Remove(this);
        _deadlines.Dispose();
        _keepAlive?.Dispose();
        lock (_lock)
        {
            foreach (ServerCall call in _calls.Values)
                call.Abandon(timedOut: false);
            _calls.Clear();
        }

        _handler.OnClosed(this);
    }

    private sealed class Frames(ServerConnection connection) : IFrameHandler
    {
        public void OnFrame(in FrameHeader header, scoped in FramePayload payload)
        {
            if (header.Kind != FrameKind.Call)
                connection.Admission.Pass(payload);
            switch (header.Kind)
            {
                case FrameKind.Call:
                    connection.OnCall(header.CallId, payload);
                    break;
                case FrameKind.Cancel:
                    connection.OnCancel(header.CallId);
                    break;
                case FrameKind.Item:
                    if (payload.Length < 1 || payload[0] == 0)
                        throw new ProtocolViolationException("an item frame without a stream argument");
                    if (connection.FindStreams(header.CallId, create: true) is { } streams)
                        connection.Receiver(streams, header.CallId, payload[0]).OnItems(payload);
                    break;
                case FrameKind.End:
                    connection.OnEnd(header.CallId, payload);
                    break;
                case FrameKind.Credit:
                    CreditFrames.Read(payload, out byte index, out int items, out int bytes);
                    CallStreams? credited = connection.FindStreams(header.CallId, create: false);
                    credited?.Find<StreamSender>(index)?.OnCredit(items, bytes);
                    credited?.Find<ReportWindow>(index)?.OnCredit(items, bytes);
                    break;
                default:
                    throw Unexpected(header.Kind);
            }
        }

        public bool OnBegin(in FrameHeader header, long length)
        {
            if (header.Kind is not (FrameKind.Call or FrameKind.Item or FrameKind.End))
                throw Unexpected(header.Kind);

            // What comes late for a call that has ended is not even kept until it is whole.
            if (header.Kind != FrameKind.Call && !connection.IsActive(header.CallId))
                return false;
            if (connection.Admission.Take(length) is not { } refusal)
                return true;
            if (header.Kind != FrameKind.Call)
                connection.OnCancel(header.CallId);
            connection.SendError(header.CallId, refusal);
            return false;
        }

        public void OnBroken(long length) => connection.Admission.Give(length);

        private static ProtocolViolationException Unexpected(FrameKind kind) => new($"a caller does not send {kind} frames");

        public void OnTooLarge(in FrameHeader header, long length)
        {
            var error = new RemoteSerializationException(
                $"What the caller sends for call {connection.CallName(header.CallId)} is {length} bytes, over the worker's limit of {connection._options.Limits.MaxBodyBytes}. Send it as a stream (IAsyncEnumerable<T>) or raise Runhouse:Limits:MaxBodyBytes on both sides.");
            if (header.Kind == FrameKind.Call || connection.IsActive(header.CallId))
            {
                connection.OnCancel(header.CallId);
                connection.SendError(header.CallId, error);
            }
        }

        public void OnGoAway(GoAwayCode code, string message)
        {
            // The caller's goodbye: the end of its stream follows.
        }

        public void OnEnded(Exception? cause) => connection.OnEnded();
    }
}
