using System.Diagnostics;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>A call as the worker sees it; pooled, so nothing may keep it beyond <see cref="Release"/>.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "Pooled: Release gives the memory back.")]
public sealed partial class ServerCall : IncomingCall, IReferenceReader, IReferenceWriter
{
    private readonly Lock _cancellationLock = new();
    private BodyBuffer _arguments = new();
    private CallHeader _header;
    private ServerConnection? _connection;
    private CancellationTokenSource? _cancellation;
    private OutgoingFrame? _reply;
    private object? _target;
    private string? _objectName;
    private long _argumentBytes;
    private int _headerSize;
    private int _prologueSize;
    private bool _replaceName;
    private bool _isPrologueRead;
    private volatile bool _isAbandoned;

    /// <summary>The connection it came over.</summary>
    public ServerConnection Connection => _connection ?? throw new InvalidOperationException("The call has been released.");

    /// <summary>Its number on the connection.</summary>
    public ulong CallId { get; private set; }

    /// <summary>Its id in words, as errors and logs give it: the same wherever the call is named.</summary>
    public string CallName => Connection.CallName(CallId);

    /// <inheritdoc/>
    public override ulong MethodId => _header.MethodId;

    /// <summary>The id of the object it calls; 0 for functions and constructors.</summary>
    public ulong ObjectId => _header.ObjectId;

    /// <summary>The hash of the shapes of the member as the caller knows it.</summary>
    public ulong SchemaHash => _header.SchemaHash;

    /// <summary>How the arguments are laid out.</summary>
    public ObjectForm ArgumentsForm => (_header.Flags & CallFlags.MapForm) == 0 ? ObjectForm.Array : SchemaHash == 0 ? ObjectForm.Plain : ObjectForm.Map;

    /// <summary>Whether what the call writes goes back to its caller.</summary>
    public bool WantsLogs => (_header.Flags & CallFlags.WantsLogs) != 0;

    /// <summary>The time left when the call arrived; null for no limit.</summary>
    public TimeSpan? Deadline => _header.DeadlineMilliseconds == 0 ? null : TimeSpan.FromMilliseconds(_header.DeadlineMilliseconds);

    /// <summary>The caller's trace context; default when it sent none.</summary>
    public ActivityContext TraceParent { get; private set; }

    /// <summary>The name a constructor gives its object; null for an anonymous one. Read behind <see cref="Member"/>.</summary>
    public string? ObjectName
    {
        get
        {
            ReadPrologue();
            return _objectName;
        }
    }

    /// <summary>Whether an object of that name is replaced.</summary>
    public bool ReplaceName
    {
        get
        {
            ReadPrologue();
            return _replaceName;
        }
    }

    /// <summary>Whether the caller cancelled the call, its deadline passed or its connection ended: nobody waits for it.</summary>
    public bool IsAbandoned => _isAbandoned;

    /// <summary>The member called, as the worker's contract knows it; set before the dispatch.</summary>
    public RemoteMember? Member { get; set; }

    /// <summary>What runs the call: it stays with it in the pool, and serves the next one.</summary>
    public object? Execution { get; set; }

    /// <summary>Where services come from; set before the dispatch.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Runs between the last item of the result's stream and the stream's end, so that what goes before the end can still be sent. Stays with <see cref="Execution"/>.</summary>
    public Action? StreamEnding { get; set; }

    /// <summary>The instance that a constructor's dispatch made: register it, then <see cref="CompleteConstruction"/>.</summary>
    public object? ConstructedObject { get; private set; }

    /// <inheritdoc/>
    public override object? Target => _target;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken
    {
        get
        {
            lock (_cancellationLock)
            {
                if (_cancellation is null)
                {
                    _cancellation = new CancellationTokenSource();
                    if (_isAbandoned)
                        _cancellation.Cancel();
                }

                return _cancellation.Token;
            }
        }
    }

    /// <summary>When its time is over, as a timestamp of the connection's clock; 0 for no limit.</summary>
    public long DeadlineAt { get; private set; }

    /// <summary>When it arrived, in milliseconds of the system's own clock: read for every call, so it has to cost nothing.</summary>
    internal long ArrivedAt { get; private set; }

    internal CallStreams? Streams { get; private set; }

    private WireLimits Limits => Connection.Options.Limits;

    private bool IsPlain => ArgumentsForm == ObjectForm.Plain;

    private ObjectForm ResultForm => IsPlain ? ObjectForm.Plain : Member is { } member && member.SchemaHash == SchemaHash ? ObjectForm.Array : ObjectForm.Map;

    /// <summary>The arguments as they came, without what stands in front of them; only until <see cref="Release"/>. Read behind <see cref="Member"/>.</summary>
    public ReadOnlyMemory<byte> ArgumentBytes
    {
        get
        {
            if (Member?.Kind == RemoteMemberKind.Constructor)
                ReadPrologue();
            return _arguments.Written[(_headerSize + _prologueSize)..];
        }
    }

    /// <summary>Sets the object that is called.</summary>
    /// <param name="target">The object.</param>
    public void SetTarget(object? target) => _target = target;

    /// <summary>Ends a constructor's call with the id under which its object can be reached.</summary>
    /// <param name="objectId">The id.</param>
    /// <returns>False when nobody waits for the call any more: then nobody will ever hold the object, and it must go.</returns>
    public bool CompleteConstruction(ulong objectId)
    {
        WireWriter result = BeginResult();
        result.WriteUInt64(objectId);
        result.Flush();
        OutgoingFrame reply = _reply!;
        _reply = null;
        return End(reply.As(FrameKind.Result, CallId), [objectId]);
    }

    /// <summary>Ends the call with an error. Does nothing when the call has ended.</summary>
    /// <param name="error">The error.</param>
    public void Fail(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        ServerConnection connection = Connection;
        if (!connection.TryEnd(this))
            return;
        if (error is BodyTooLargeException tooLarge)
        {
            error = new RemoteSerializationException(
                $"The result of '{Member?.Signature}' is larger than the limit of {tooLarge.Limit} bytes. {WireLimits.AdviceForBodies(isItem: false)}");
        }

        Streams?.End(error);
        connection.SendError(CallId, error);
    }

    /// <summary>Lets go of the call: nothing of the executor touches it any more.</summary>
    public void Release()
    {
        ServerConnection connection = Connection;
        if (!_isAbandoned)
            Fail(new InvalidOperationException($"'{Member?.Signature}' ended without a result. Rebuild the application, so that its dispatcher is generated anew."));
        Streams?.End(new OperationCanceledException("The call that this stream belongs to has ended."));
        ReleaseReferences();
        _reply?.Return();
        BodyBuffers.Trim(_arguments);
        if (_cancellation is not null)
        {
            lock (_cancellationLock)
                _cancellation = null;
        }

        (_connection, _reply, _target, _objectName, Member, Services, ConstructedObject) = (null, null, null, null, null, null, null);
        (_isPrologueRead, _replaceName, _prologueSize, _isAbandoned) = (false, false, 0, false);
        if ((_header.Flags & CallFlags.Traced) != 0)
            TraceParent = default;
        (Streams, CallId, DeadlineAt) = (null, 0, 0);
        connection.Admission.Release(_argumentBytes);
        Pool<ServerCall>.Return(this);
    }

    /// <inheritdoc/>
    protected override WireReader OpenArguments() => Arguments();

    /// <summary>The reader of the arguments, for what runs the call under a name of its own.</summary>
    public WireReader Arguments() => new(ArgumentBytes, Limits, this, IsPlain) { Parameters = IsPlain ? Member?.Parameters : null };

    /// <inheritdoc/>
    public override IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem)
    {
        if (reader.TryReadNil())
            return null;
        byte index = reader.ReadByte();
        if (index == 0)
            throw WireReader.Malformed("a stream argument without a number");
        ServerConnection connection = Connection;
        StreamReceiver receiver = connection.Receiver(EnsureStreams(), CallId, index);
        if (_isAbandoned)
            receiver.Abort(new OperationCanceledException(CancellationToken));
        return new ReceivedStream<T>(_ => new ValueTask<StreamReceiver>(receiver), readItem, Limits, CancellationToken.None, IsPlain);
    }

    /// <inheritdoc/>
    public override IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport)
    {
        if (reader.TryReadNil())
            return null;
        byte index = reader.ReadByte();
        if (index == 0)
            throw WireReader.Malformed("a progress argument without a number");
        ulong callId = CallId;
        ReportWindow window = EnsureStreams().GetOrAdd(index, () => new ReportWindow(callId, index));
        if (_isAbandoned)
            window.Stop();
        return new ProgressSender<T>(Connection, callId, index, window, writeReport, ResultForm);
    }

    /// <inheritdoc/>
    public override T GetService<T>(string parameter)
        => Services?.GetService(typeof(T)) is T service ? service : throw new InvalidOperationException(
            $"'{parameter}' needs a {typeof(T).FullName}, which no service provides. Register it in the class named by [assembly: RemoteStartup(typeof(...))].");

    /// <inheritdoc/>
    public override WireWriter BeginResult()
    {
        _reply?.Return();
        _reply = OutgoingFrame.Rent(Limits.MaxBodyBytes);
        return new WireWriter(_reply.Body, ResultForm, Limits, this);
    }

    /// <inheritdoc/>
    public override void Complete(ref WireWriter result)
    {
        try
        {
            result.Flush();
        }
        catch (Exception error)
        {
            throw result.Translate(error);
        }

        OutgoingFrame reply = _reply ?? throw new InvalidOperationException("BeginResult comes before Complete.");
        if (Connection.Admission.Refuse(reply.PayloadLength, Connection.Writer.Bodies.Count) is { } overloaded)
        {
            Fail(overloaded);
            return;
        }

        _reply = null;
        End(reply.As(FrameKind.Result, CallId));
    }

    /// <inheritdoc/>
    public override void Complete() => End(OutgoingFrame.Short(FrameKind.Result, CallId));

    /// <inheritdoc/>
    public override void CompleteWithObject(object instance) => ConstructedObject = instance;

    /// <inheritdoc/>
    public override async ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem)
    {
        ServerConnection connection = Connection;
        ulong callId = CallId;
        StreamSender sender = EnsureStreams().GetOrAdd<StreamSender>(0, () => new StreamSender(connection.Frames, callId, 0));
        if (_isAbandoned)
            sender.Stop();
        await sender.SendAsync(items, writeItem, ResultForm, Limits, CancellationToken).ConfigureAwait(false);
        StreamEnding?.Invoke();
        End(OutgoingFrame.Short(FrameKind.End, callId, [0]));
    }

    internal static ServerCall Rent(
        ServerConnection connection, ulong callId, in CallHeader header, in ActivityContext trace, long deadline, int headerSize, scoped in FramePayload payload)
    {
        ServerCall call = Pool<ServerCall>.Rent();
        (call._connection, call.CallId, call._header) = (connection, callId, header);
        if ((header.Flags & CallFlags.Traced) != 0)
            call.TraceParent = trace;
        (call.DeadlineAt, call._headerSize) = (deadline, headerSize);
        call.ArrivedAt = Environment.TickCount64;
        call._argumentBytes = payload.Length;
        payload.MoveTo(ref call._arguments);
        return call;
    }

    internal CallStreams EnsureStreams()
    {
        lock (_cancellationLock)
            return Streams ??= new CallStreams();
    }

    /// <summary>Nobody waits any more. Under the connection's lock, and taken out of its table: so before <see cref="Release"/>.</summary>
    internal void Abandon(bool timedOut)
    {
        lock (_cancellationLock)
        {
            _isAbandoned = true;

            // Asynchronous, because what is registered is the user's and this is the read loop or the sweep.
            _ = _cancellation?.CancelAsync();
            Streams?.End(timedOut ? new RemoteTimeoutException("The call's deadline has passed.") : new OperationCanceledException("The caller cancelled the call, or its connection ended."));
        }
    }

    private bool End(OutgoingFrame outcome, List<ulong>? handedOut = null)
    {
        ServerConnection connection = Connection;
        if (!connection.TryEnd(this, handedOut ?? _handedOut, out bool isLast))
        {
            outcome.Return();
            return false;
        }

        _isAbandoned = true;
        _handedOut = null;
        connection.Writer.Enqueue(outcome, inline: isLast);
        return true;
    }

    /// <summary>A constructor's body begins with the name of its object and what to do when it is taken.</summary>
    private void ReadPrologue()
    {
        if (_isPrologueRead)
            return;
        try
        {
            var reader = new WireReader(_arguments.Written[_headerSize..], Limits);
            _objectName = reader.ReadString();
            _replaceName = reader.ReadBoolean();
            _prologueSize = (int)reader.Consumed;
        }
        catch (Exception error)
        {
            throw WireReader.Translate(error);
        }

        _isPrologueRead = true;
    }
}
