using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>Takes the reports that arrive for a progress argument.</summary>
internal interface IProgressReceiver
{
    /// <summary>A report arrived: queue it.</summary>
    void OnReport(scoped in FramePayload payload);
}

/// <summary>A progress argument: reports arrive in order, off the read loop, before the call's result.</summary>
/// <param name="index">Its number in the call.</param>
/// <param name="deliver">Takes the bytes of a report, which are its own only until it returns.</param>
internal sealed class ProgressAttachment(byte index, Action<ReadOnlyMemory<byte>> deliver) : CallAttachment(index)
{
    public override bool IsRepeatable => true;

    /// <summary>The same for reports of a type.</summary>
    public static ProgressAttachment Of<T>(byte index, IProgress<T> progress, WireRead<T> readReport, WireLimits limits) => new(index, body =>
    {
        T report;
        try
        {
            var reader = new WireReader(body, limits);
            report = readReport(ref reader);
        }
        catch (Exception error)
        {
            throw WireReader.Translate(error);
        }

        progress.Report(report);
    });

    public override void Attach(ClientConnection connection, ulong callId, CallStreams streams)
    {
        streams.EnableReports();
        streams.GetOrAdd<IProgressReceiver>(Index, () => new Receiver(this, connection, callId, streams.Reports!));
    }

    private void Deliver(ReadOnlyMemory<byte> body) => deliver(body);

    private sealed class Receiver(ProgressAttachment attachment, ClientConnection connection, ulong callId, SerialQueue queue) : IProgressReceiver
    {
        private int _outstanding;
        private long _outstandingBytes;
        private int _takenItems;
        private int _takenBytes;

        public void OnReport(scoped in FramePayload payload)
        {
            long bytes = payload.Length - 1;

            // As with items: one may overshoot the bytes; nothing may be sent once they are spent.
            if (Interlocked.Increment(ref _outstanding) > StreamWindow.Reports || Interlocked.Add(ref _outstandingBytes, bytes) - bytes >= StreamWindow.ReportBytes)
                throw new ProtocolViolationException($"call {callId} reports beyond its window", GoAwayCode.LimitExceeded);
            var body = new BodyBuffer();
            payload.MoveTo(ref body);
            queue.Enqueue(new Report(this, body));
        }

        public void Run(BodyBuffer body)
        {
            using BodyBuffer owned = body;
            try
            {
                attachment.Deliver(body.Written[1..]);
                Refill(body.Count - 1);
            }
            catch (Exception error)
            {
                // A report that cannot be read, or a receiver that throws, ends the call: nobody else would hear of it.
                connection.FailCall(callId, error);
            }
        }

        /// <summary>Half a window at a time; reports run one after the other, so that nothing here needs a lock.</summary>
        private void Refill(int bytes)
        {
            _takenItems++;
            _takenBytes += bytes;
            if (_takenItems < StreamWindow.Reports / 2 && _takenBytes < StreamWindow.ReportBytes / 2)
                return;
            Interlocked.Add(ref _outstanding, -_takenItems);
            Interlocked.Add(ref _outstandingBytes, -_takenBytes);
            connection.Writer.Enqueue(OutgoingFrame.Credit(callId, attachment.Index, _takenItems, _takenBytes));
            (_takenItems, _takenBytes) = (0, 0);
        }
    }

    private sealed class Report(Receiver receiver, BodyBuffer body) : IThreadPoolWorkItem
    {
        public void Execute() => receiver.Run(body);
    }
}
