using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Threads;

namespace Runhouse.Protocol.Connections;

/// <summary>A stream argument: the caller pumps its items while the call runs.</summary>
internal sealed class StreamAttachment<T>(byte index, IAsyncEnumerable<T> items, WireWrite<T> writeItem, ObjectForm form, WireLimits limits)
    : CallAttachment(index)
{
    // Items that an attempt has taken may be gone for the next one.
    public override bool IsRepeatable => false;

    public override void Attach(ClientConnection connection, ulong callId, CallStreams streams)
        => streams.GetOrAdd(Index, () => new StreamSender(connection.Frames, callId, Index));

    public override void Start(ClientConnection connection, ulong callId, CallStreams streams)
        => Handover.Queue(new Pump(this, connection, callId, streams));

    private async Task PumpAsync(ClientConnection connection, ulong callId, CallStreams streams)
    {
        OutgoingFrame end = OutgoingFrame.Short(FrameKind.End, callId, [Index]);
        try
        {
            await streams.Find<StreamSender>(Index)!.SendAsync(items, writeItem, form, limits, streams.Ended).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The far side reads the error behind the items; when the call is over, it has nobody to tell.
            end.Body.MaxBytes = limits.MaxBodyBytes;
            ErrorCodec.Write(end.Body, error, "", "caller", connection.CallName(callId));
        }

        if (streams.Ended.IsCancellationRequested)
            end.Return();
        else
            connection.Writer.Enqueue(end);
    }

    private sealed class Pump(StreamAttachment<T> attachment, ClientConnection connection, ulong callId, CallStreams streams) : IThreadPoolWorkItem
    {
        public void Execute() => _ = attachment.PumpAsync(connection, callId, streams);
    }
}
