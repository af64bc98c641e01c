using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>Sends reports of progress while the call runs; later ones are dropped.</summary>
internal sealed class ProgressSender<T>(ServerConnection connection, ulong callId, byte index, ReportWindow window, WireWrite<T> writeReport, ObjectForm form) : IProgress<T>
{
    public void Report(T value)
    {
        if (!connection.IsActive(callId))
            return;
        WireLimits limits = connection.Options.Limits;
        OutgoingFrame frame = OutgoingFrame.Rent(limits.MaxBodyBytes);
        var writer = new WireWriter(frame.Body, form, limits);
        try
        {
            writeReport(ref writer, value);
            writer.Flush();
        }
        catch (Exception error)
        {
            Exception explained = writer.Translate(error);
            frame.Return();
            throw explained;
        }

        // Without the wait, a receiver slower than its reporter would fill the worker's memory. Of threads that report at once, one may overtake
        // another between here and the queue: nothing says which of them was first. A report that has been made is in the queue, before
        // any that its thread, or one that knows of it, makes later.
        if (!window.Take(frame.Body.Count))
        {
            frame.Return();
            return;
        }

        frame.Prefix[0] = index;
        frame.PrefixLength = 1;
        connection.Writer.Enqueue(frame.As(FrameKind.Progress, callId));
    }
}
