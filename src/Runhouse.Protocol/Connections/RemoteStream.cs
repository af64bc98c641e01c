using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>A stream that remote code produces: every enumeration is a call.</summary>
internal sealed class RemoteStream<T>(
    ConnectionTarget target, RemoteStreamMethod<T> method, WrittenArguments arguments, TimeSpan? timeout, CancellationToken own)
{
    /// <summary>Makes the call.</summary>
    public async ValueTask<StreamReceiver> OpenAsync(CancellationToken cancellationToken)
    {
        own.ThrowIfCancellationRequested();
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan? left = timeout;
        if (!target.Router.TryGetRoute(out CallRoute route))
            (route, left) = await Routing.ResolveAsync(target, method.Name, timeout, cancellationToken).ConfigureAwait(false);
        ClientConnection connection = route.Connection;
        arguments.References?.BeginCall(connection, method.Name);
        var call = new Enumeration(target, method, connection, arguments.References);
        var streams = new CallStreams();
        ulong id = Register(connection, call, streams, left);
        StreamReceiver receiver = streams.GetOrAdd<StreamReceiver>(0, () => new StreamReceiver(connection.Frames, id, 0)
        {
            Pace = method.Pace,
            OnStopped = () => connection.FailCall(id, new OperationCanceledException()),
        });
        call.Begin(id, receiver);
        OutgoingFrame frame = OutgoingFrame.Rent(target.Limits.MaxBodyBytes);
        arguments.CopyTo(frame);

        CallArguments.WriteHeader(frame, target, method, route.ObjectId, id, left);
        connection.Send(frame, arguments.Attachments, streams, id);
        return receiver;
    }

    private ulong Register(ClientConnection connection, Enumeration call, CallStreams streams, TimeSpan? left)
    {
        try
        {
            return connection.Register(call, streams, left);
        }
        catch
        {
            arguments.References?.EndCall();
            throw;
        }
    }

    private sealed class Enumeration(ConnectionTarget target, RemoteStreamMethod<T> method, ClientConnection connection, PassedReferences? references) : IPendingCall
    {
        private readonly Lock _lock = new();
        private StreamReceiver? _receiver;
        private bool _isEarly;
        private Exception? _early;
        private ulong _id;

        public RemoteMethod Method => method;

        public TimeSpan? Timeout => target.Settings.Timeout;

        public void Begin(ulong id, StreamReceiver receiver)
        {
            // The connection may be lost between the registration of the call and here, or a worker answer a call that it has not been sent.
            bool isEarly;
            lock (_lock)
            {
                (_id, _receiver) = (id, receiver);
                isEarly = _isEarly;
            }

            if (isEarly)
                receiver.OnEnd(_early);
        }

        public void OnResult(scoped in FramePayload payload) => EndBehindLogs(null);

        public void OnError(scoped in FramePayload payload)
        {
            var buffer = new BodyBuffer();
            payload.MoveTo(ref buffer);
            EndBehindLogs(ErrorReply.Read(buffer.Written.ToArray(), target.Limits, method, Timeout, connection.CallName(_id)));
            buffer.Dispose();
        }

        public void OnFailed(Exception error)
        {
            references?.EndCall();
            StreamReceiver? receiver;
            lock (_lock)
            {
                receiver = _receiver;
                (_isEarly, _early) = (true, error);
            }

            if (error is OperationCanceledException)
                receiver?.Abort(error);
            else
                receiver?.OnEnd(error);
        }

        private void EndBehindLogs(Exception? error)
        {
            references?.EndCall();
            StreamReceiver? receiver;
            lock (_lock)
            {
                receiver = _receiver;
                (_isEarly, _early) = (true, error);
            }

            if (receiver is null)
                return;
            if (connection.Logs.IsIdle)
                receiver.OnEnd(error, isRead: true);
            else
                connection.Logs.Enqueue(new Ending(receiver, error));
        }
    }

    private sealed class Ending(StreamReceiver receiver, Exception? error) : IThreadPoolWorkItem
    {
        public void Execute() => receiver.OnEnd(error);
    }
}
