using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// A call whose arguments and outcome stay bytes: a host makes it for a caller who does not wait. The arguments are in map form, and so is all that the worker sends,
/// since it is read later, perhaps by another build.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The outcome belongs to whoever awaits it.")]
public sealed class CarriedCall : IPendingCall, IThreadPoolWorkItem
{
    /// <summary>The schema hash of whoever knows names and no types, and wants map form: no member has it.</summary>
    public const ulong NoSchema = 1;

    private readonly TaskCompletionSource<CarriedOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ClientConnection _connection;
    private readonly RemoteMethod<Unit> _method;
    private readonly CallStreams? _streams;
    private CarriedOutcome? _reply;
    private bool _isBehindReports;

    private CarriedCall(ClientConnection connection, RemoteMethod<Unit> method, CallStreams? streams) => (_connection, _method, _streams) = (connection, method, streams);

    /// <summary>Its number on its connection.</summary>
    public ulong CallId { get; private set; }

    /// <summary>Ends behind the last of its reports and lines: with its outcome, or with what became of the connection.</summary>
    public Task<CarriedOutcome> Outcome => _outcome.Task;

    RemoteMethod IPendingCall.Method => _method;

    TimeSpan? IPendingCall.Timeout => null;

    /// <summary>Sends a call.</summary>
    /// <param name="connection">The connection to the worker.</param>
    /// <param name="methodId">The id of the member.</param>
    /// <param name="member">The member for messages.</param>
    /// <param name="objectId">The object that it is called on; 0 for functions.</param>
    /// <param name="arguments">The arguments in map form.</param>
    /// <param name="receivers">The numbers of the arguments that receive progress.</param>
    /// <param name="onReport">Takes the bytes of a report, which are its own only until it returns; one after the other.</param>
    public static CarriedCall Send(
        ClientConnection connection,
        ulong methodId,
        string member,
        ulong objectId,
        ReadOnlySpan<byte> arguments,
        IReadOnlyList<byte> receivers,
        Action<byte, ReadOnlyMemory<byte>> onReport)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(receivers);
        CallStreams? streams = receivers.Count == 0 ? null : new CallStreams();
        List<CallAttachment>? attachments = streams is null ? null : [.. receivers.Select(index => new ProgressAttachment(index, report => onReport(index, report)))];
        var call = new CarriedCall(connection, new RemoteMethod<Unit>(methodId, member, NoSchema, null), streams);
        call.CallId = connection.Register(call, streams, timeout: null);
        OutgoingFrame frame = OutgoingFrame.Rent(Math.Max(arguments.Length, 1));
        arguments.CopyTo(frame.Body.GetSpan(arguments.Length));
        frame.Body.Advance(arguments.Length);
        frame.PrefixLength = new CallHeader(methodId, objectId, NoSchema, 0, CallFlags.WantsLogs | CallFlags.MapForm).Write(frame.Prefix, default);
        connection.Send(frame.As(FrameKind.Call, call.CallId), attachments, streams, call.CallId);
        return call;
    }

    /// <summary>Cancels it on both sides; its outcome ends as cancelled, unless it is there already.</summary>
    public void Cancel() => _connection.FailCall(CallId, new OperationCanceledException($"'{_method.Name}' was cancelled."));

    void IPendingCall.OnResult(scoped in FramePayload payload) => OnReply(payload, isError: false);

    void IPendingCall.OnError(scoped in FramePayload payload) => OnReply(payload, isError: true);

    void IPendingCall.OnFailed(Exception error) => _outcome.TrySetException(error);

    void IThreadPoolWorkItem.Execute()
    {
        if (_isBehindReports)
        {
            _isBehindReports = false;
            _connection.Logs.Enqueue(this);
            return;
        }

        _outcome.TrySetResult(_reply!);
    }

    private void OnReply(scoped in FramePayload payload, bool isError)
    {
        var body = new BodyBuffer();
        payload.MoveTo(ref body);
        _reply = new CarriedOutcome(body, isError);
        _isBehindReports = _streams?.Reports is not null;
        (_streams?.Reports ?? _connection.Logs).Enqueue(this);
    }
}

/// <summary>What became of a <see cref="CarriedCall"/>. Dispose it to give its memory back.</summary>
/// <param name="body">The body of its result in map form, or of its error; from now on the outcome's own.</param>
/// <param name="isError">Whether it is an error.</param>
public sealed class CarriedOutcome(BodyBuffer body, bool isError) : IDisposable
{
    /// <summary>The body of its result in map form, or of its error.</summary>
    public ReadOnlyMemory<byte> Body => body.Written;

    /// <summary>Whether it is an error.</summary>
    public bool IsError => isError;

    /// <inheritdoc/>
    public void Dispose() => body.Dispose();
}
