using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Resumption;

namespace Runhouse.Protocol.Connections;

/// <summary>A worker's end of a session: of one connection, or of several after each other when one is lost.</summary>
public sealed partial class ServerConnection : IAsyncDisposable
{
    private const ulong ReleaseMethod = 1;
    private const ulong DeleteMethod = 2;

    private readonly ServerConnectionOptions _options;
    private readonly ICallHandler _handler;
    private readonly ResumableTransport _transport;
    private readonly FrameConnection _frames;
    private readonly LogWindow _lines;
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
        TicketNonce = Ticket.NonceOf(hello.Ticket.Span);
        SessionId = BinaryPrimitives.ReadUInt128LittleEndian(RandomNumberGenerator.GetBytes(16));
        _transport = new ResumableTransport(pipes, options.Limits.MaxUnacknowledgedBytes, options.TimeProvider);
        if (options.Sessions is not null)
            _transport.Outlive(TimeSpan.FromTicks(Math.Min(hello.Grace.Ticks, TimeSpan.FromSeconds(options.Limits.SessionGraceSeconds).Ticks)));
        if (hello.KeepAlive > TimeSpan.Zero)
            _keepAlive = new KeepAlive(_transport, hello.KeepAlive, pings: null, options.TimeProvider);
        _frames = new FrameConnection(_transport, options.Limits, new FrameHandler(this), options.TimeProvider);
        _lines = new LogWindow(Writer, options.Limits.MaxBodyBytes, options.TimeProvider);
        _deadlines = new DeadlineSweep(options.TimeProvider, Sweep);
        _handedOut = new HandedOutIds(options.Limits.MaxCallsInFlight);
        Admission = new Admission(options.Limits, options.Budget);
        Tasks = new FairQueue(static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false));
    }

    /// <summary>The session.</summary>
    public UInt128 SessionId { get; }

    /// <summary>Whether a call has come that wants the lines which remote code writes: then its caller wants those of the worker as a whole too.</summary>
    public bool WantsLogs { get; private set; }

    /// <summary>The nonce of the ticket that opened the session: its host knows who asked for that.</summary>
    public string TicketNonce { get; }

    /// <summary>The calls of this connection on their way to the thread pool.</summary>
    public FairQueue Tasks { get; }

    /// <summary>The same on their way to threads that may block; made by whoever has them.</summary>
    public FairQueue? Blocking { get; set; }

    internal FrameWriter Writer => _frames.Writer;

    /// <summary>The frames of the session.</summary>
    internal FrameConnection Frames => _frames;

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

    /// <summary>Sends a line to the caller of the call it belongs to; waits a while for one that is far behind with handling lines, and then drops and counts them.</summary>
    /// <param name="record">The line.</param>
    /// <param name="call">The call: when it is given up, nobody waits with its lines. Null when that does not matter.</param>
    public void WriteLog(in LogRecord record, ServerCall? call = null) => _lines.Send(record, call);

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
    internal bool TryEnd(ServerCall call, List<ulong>? handedOut = null) => TryEnd(call, handedOut, out _);

    /// <summary>Takes a call out: whoever does so sends its outcome.</summary>
    /// <param name="call">The call.</param>
    /// <param name="handedOut">The ids of what the outcome hands out.</param>
    /// <param name="isLast">Whether no other call is in flight, so that this thread writes the outcome.</param>
    internal bool TryEnd(ServerCall call, List<ulong>? handedOut, out bool isLast)
    {
        lock (_lock)
        {
            bool isHere = Remove(call);
            isLast = _calls.Count == 0;
            if (!isHere)
                return false;
            if (handedOut is not null)
                _handedOut.Add(call.CallId, handedOut);
            return true;
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

    internal string CallName(ulong callId) => CallNames.Of(_options.WorkerId, SessionId, callId);

    /// <summary>What the client is told when the session begins or goes on.</summary>
    internal WorkerHello Greeting
        => new(SessionId, Hello.SecretOf(SessionId, _options.TicketKey), _transport.Input.Received, _options.WorkerId, _options.Host);

    /// <summary>Goes on over another connection; false when the session has ended or the client has gone away again.</summary>
    /// <param name="transport">The connection; the session's from now on if this returns true.</param>
    /// <param name="hello">The client's hello, which says how much it has received.</param>
    internal async Task<bool> ResumeAsync(IDuplexPipe transport, ClientHello hello)
    {
        await _resuming.WaitAsync().ConfigureAwait(false);
        try
        {
            // The connection that the client has given up may look alive from here. What the client is told to have arrived must stand.
            await _transport.DetachAsync().ConfigureAwait(false);
            return !_transport.HasEnded
                && await ServerHandshake.AnswerAsync(transport, hello, Greeting).ConfigureAwait(false)
                && _transport.TryAttach(transport, hello.Received);
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
                Abandon(call, timedOut: true);
            }

            more = _deadlineCount > 0;
        }

        if (expired.Count > 0)
            _lines.Wake();
        foreach ((_, ulong id) in expired)
            SendError(id, new RemoteTimeoutException(TimeLimit.PassedAtWorker(CallName(id))));
        return more;
    }

    private void Abandon(ServerCall call, bool timedOut = false)
    {
        call.Abandon(timedOut);
        _handler.OnAbandoned(call);
    }

    private bool Remove(ServerCall call)
    {
        if (!_calls.Remove(call.CallId, out ServerCall? found))
            return false;
        if (!ReferenceEquals(found, call))
        {
            _calls.Add(call.CallId, found);
            return false;
        }

        if (call.DeadlineAt != 0)
            _deadlineCount--;
        return true;
    }

    private void OnEnded()
    {
        _options.Sessions?.Remove(this);
        _deadlines.Dispose();
        _keepAlive?.Dispose();
        _lines.Stop();
        lock (_lock)
        {
            foreach (ServerCall call in _calls.Values)
                Abandon(call);
            _calls.Clear();
        }

        _handler.OnClosed(this);
    }
}
