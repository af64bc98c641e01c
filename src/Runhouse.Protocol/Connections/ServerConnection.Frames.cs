using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <content>What a caller's frames bring about.</content>
public sealed partial class ServerConnection
{
    private void OnCall(ulong callId, scoped in FramePayload payload)
    {
        int headerSize = CallHeader.Read(payload, out CallHeader header, out System.Diagnostics.ActivityContext trace);
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

        if ((header.Flags & CallFlags.WantsLogs) != 0)
            WantsLogs = true;
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
        List<ulong>? undelivered = null;
        bool isHere;
        lock (_lock)
        {
            isHere = _calls.TryGetValue(callId, out ServerCall? call);
            if (isHere)
            {
                Remove(call!);
                Abandon(call!);
            }
            else
            {
                undelivered = _handedOut.Take(callId);
            }
        }

        if (isHere)
            _lines.Wake();

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

        Receiver(streams, callId, index).OnEnd(error, isRead: true);
    }

    private void OnItems(ulong callId, scoped in FramePayload payload)
    {
        if (FindStreams(callId, create: true) is not { } streams)
            return;
        StreamReceiver receiver = Receiver(streams, callId, payload[0]);
        OverloadedException? refusal = receiver.OnItems(payload);
        if (refusal is not null)
            Refuse(callId, refusal);

        // When the call has ended meanwhile, nobody else lets go of the items.
        if (streams.HasEnded)
            receiver.Abort(new OperationCanceledException("The call that this stream belongs to has ended."));
    }

    /// <summary>Ends a call with an error because of what comes for it; does nothing when it has ended.</summary>
    /// <returns>Whether it had not ended.</returns>
    private bool Refuse(ulong callId, Exception error)
    {
        lock (_lock)
        {
            if (!_calls.TryGetValue(callId, out ServerCall? call))
                return false;
            Remove(call);
            Abandon(call);
        }

        _lines.Wake();
        SendError(callId, error);
        return true;
    }

    internal StreamReceiver Receiver(CallStreams streams, ulong callId, byte index)
        => streams.GetOrAdd(index, () => new StreamReceiver(_frames, callId, index, Admission));

    private sealed class FrameHandler(ServerConnection connection) : IFrameHandler
    {
        public int InFlight => connection.Admission.Calls;

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
                    connection.OnItems(header.CallId, payload);
                    break;
                case FrameKind.End:
                    connection.OnEnd(header.CallId, payload);
                    break;
                case FrameKind.Credit:
                    CreditFrames.Read(payload, out byte index, out int items, out int bytes);
                    if (header.CallId == 0)
                        connection._lines.OnCredit(index, items, bytes);
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
            if (header.Kind == FrameKind.Call)
                connection.SendError(header.CallId, refusal);
            else
                connection.Refuse(header.CallId, refusal);
            return false;
        }

        public void OnBroken(long length) => connection.Admission.Give(length);

        private static ProtocolViolationException Unexpected(FrameKind kind) => new($"a caller does not send {kind} frames");

        public void OnTooLarge(in FrameHeader header, long length)
        {
            var error = new RemoteSerializationException(
                $"What the caller sends for call {connection.CallName(header.CallId)} is {length} bytes, over the worker's limit of {connection._options.Limits.MaxBodyBytes}. {WireLimits.AdviceForBodies(header.Kind is FrameKind.Item)}");
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
