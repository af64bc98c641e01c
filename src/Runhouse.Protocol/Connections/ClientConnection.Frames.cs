using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Connections;

/// <content>What the worker sends.</content>
public sealed partial class ClientConnection
{
    private void OnResult(ulong callId, scoped in FramePayload payload, bool isError)
    {
        // A call that was cancelled or timed out here may still be answered.
        if (!_calls.TryRemove(callId, out IPendingCall? call, out CallStreams? streams))
            return;
        streams?.End(null);

        // Refused while its arguments are on their way: the worker drops what is left of them, so that it stays here.
        if (isError && Writer.Bodies.Count > 0)
            Writer.Enqueue(OutgoingFrame.Short(FrameKind.Cancel, callId));
        if (isError)
            call.OnError(payload);
        else
            call.OnResult(payload);
    }

    private void OnEnd(ulong callId, scoped in FramePayload payload)
    {
        if (payload.Length < 1)
            throw new ProtocolViolationException("an end frame without a stream");
        if (payload[0] == 0)
            OnResult(callId, payload, isError: false);
        else
            _calls.FindStreams(callId)?.Find<StreamSender>(payload[0])?.Stop();
    }

    private sealed class FrameHandler(ClientConnection connection) : IFrameHandler
    {
        public int InFlight => connection._calls.Count;

        public void OnFrame(in FrameHeader header, scoped in FramePayload payload)
        {
            switch (header.Kind)
            {
                case FrameKind.Result:
                    connection.OnResult(header.CallId, payload, isError: false);
                    break;
                case FrameKind.Error:
                    connection.OnResult(header.CallId, payload, isError: true);
                    break;
                case FrameKind.Item:
                    connection._calls.FindStreams(header.CallId)?.Find<StreamReceiver>(0)?.OnItems(payload);
                    break;
                case FrameKind.End:
                    connection.OnEnd(header.CallId, payload);
                    break;
                case FrameKind.Credit:
                    CreditFrames.Read(payload, out byte index, out int items, out int bytes);
                    connection._calls.FindStreams(header.CallId)?.Find<StreamSender>(index)?.OnCredit(items, bytes);
                    break;
                case FrameKind.Progress:
                    if (payload.Length < 1)
                        throw new ProtocolViolationException("a progress frame without an argument");
                    connection._calls.FindStreams(header.CallId)?.Find<IProgressReceiver>(payload[0])?.OnReport(payload);
                    break;
                case FrameKind.Log:
                    connection._lines.OnLine(header.CallId, payload, connection._calls.FindFlow(header.CallId));
                    break;
                default:
                    throw Unexpected(header.Kind);
            }
        }

        public bool OnBegin(in FrameHeader header, long length)
        {
            if (header.Kind == FrameKind.Call)
                throw Unexpected(header.Kind);
            if (header.Kind == FrameKind.Log)
                connection._lines.OnBegin(length);
            return header.Kind == FrameKind.Log || connection._calls.Find(header.CallId) is not null;
        }

        public void OnBroken(long length)
        {
            // What the caller receives is bounded by what it has asked for.
        }

        public void OnTooLarge(in FrameHeader header, long length)
        {
            if (header.Kind == FrameKind.Log)
            {
                connection._lines.OnDropped(length);
                return;
            }

            connection.FailCall(header.CallId, new RemoteSerializationException(
                $"What the worker sends for {connection.NameOf(header.CallId)} is {length} bytes, over the limit of {connection._options.Limits.MaxBodyBytes}. {WireLimits.AdviceForBodies(header.Kind is FrameKind.Item or FrameKind.Progress)}"));
        }

        public void OnGoAway(GoAwayCode code, string message)
        {
            connection._isOpen = false;
            connection._farewell = message;
        }

        public void OnEnded(Exception? cause) => _ = connection.OnEndedAsync(cause);

        private static ProtocolViolationException Unexpected(FrameKind kind) => new($"a worker does not send {kind} frames");
    }
}
