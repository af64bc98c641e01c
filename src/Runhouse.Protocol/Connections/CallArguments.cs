using System.Diagnostics;
using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Protocol.Connections;

/// <summary>What unary and streaming calls have in common while their arguments are written and sent.</summary>
internal struct CallArguments
{
    private ConnectionTarget? _target;
    private List<CallAttachment>? _attachments;
    private PassedReferences? _references;
    private bool _isConstructor;
    private bool _replace;
    private string? _name;

    public OutgoingFrame? Frame;

    public readonly ConnectionTarget Target => _target!;

    public readonly List<CallAttachment>? Attachments => _attachments;

    public readonly PassedReferences? References => _references;

    public void Begin(ConnectionTarget target)
    {
        _target = target;
        Frame = OutgoingFrame.Rent(target.Limits.MaxBodyBytes);
    }

    public void BeginConstructor(string? name, bool replace) => (_isConstructor, _name, _replace) = (true, name, replace);

    /// <summary>Begins to write the arguments.</summary>
    /// <param name="call">The call, which adds the references among them.</param>
    public readonly WireWriter BeginWriting(IReferenceWriter call)
    {
        var writer = new WireWriter(Frame!.Body, Target.Form, Target.Limits, call);
        if (_isConstructor)
        {
            writer.WriteString(_name);
            writer.WriteBoolean(_replace);
        }

        return writer;
    }

    /// <summary>Gives away what was written, for a call that may be made more than once.</summary>
    public WrittenArguments TakeWritten()
    {
        var written = new WrittenArguments(Frame!.Body.Written.ToArray(), _attachments, _references);
        Clear();
        return written;
    }

    /// <summary>Takes arguments that have been written before.</summary>
    /// <param name="written">What was written.</param>
    public void Take(WrittenArguments written)
    {
        (_attachments, _references) = (written.Attachments, written.References);
        written.CopyTo(Frame!);
    }

    public ulong AddReference<T>(RemoteRef<T> reference) => (_references ??= new PassedReferences()).Add(reference);

    public void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
    {
        if (items is null)
            writer.WriteNil();
        else
            Add(ref writer, new StreamAttachment<T>(NextIndex(), items, writeItem, Target.Form, Target.Limits));
    }

    public void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
    {
        if (progress is null)
            writer.WriteNil();
        else
            Add(ref writer, ProgressAttachment.Of(NextIndex(), progress, readReport, Target.Limits));
    }

    /// <summary>Fills in what stands in front of the arguments.</summary>
    public static void WriteHeader(OutgoingFrame frame, ConnectionTarget target, RemoteMethod method, ulong objectId, ulong callId, TimeSpan? timeout)
    {
        CallFlags flags = (target.Settings.StreamLogs ? CallFlags.WantsLogs : 0) | (target.Form == ObjectForm.Array ? 0 : CallFlags.MapForm);
        ActivityContext trace = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Context : default;
        if (trace.TraceId != default)
            flags |= CallFlags.Traced;
        var header = new CallHeader(method.Id, objectId, method.SchemaHash, Milliseconds(timeout), flags);
        frame.PrefixLength = header.Write(frame.Prefix, trace);
        frame.As(FrameKind.Call, callId);
    }

    /// <summary>Forgets the call; the frame has been sent or goes back to the pool.</summary>
    public void Clear()
    {
        Frame?.Return();
        this = default;
    }

    private static uint Milliseconds(TimeSpan? timeout)
        => timeout is { } limit ? (uint)Math.Clamp(Math.Ceiling(limit.TotalMilliseconds), 1, uint.MaxValue) : 0;

    private readonly byte NextIndex() => checked((byte)((_attachments?.Count ?? 0) + 1));

    private void Add(ref WireWriter writer, CallAttachment attachment)
    {
        (_attachments ??= []).Add(attachment);
        writer.WriteByte(attachment.Index);
    }
}
