using System.Diagnostics.CodeAnalysis;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.References;

namespace Runhouse.Runtime.Client.Spawning;

/// <summary>A call that was written down instead of being sent.</summary>
/// <param name="Method">The member.</param>
/// <param name="Arguments">Its arguments in map form, which workers of other builds read as well.</param>
/// <param name="Receivers">The arguments that receive progress.</param>
internal sealed record RecordedCall(RemoteMethod Method, byte[] Arguments, IReadOnlyList<ReportReceiver> Receivers);

/// <summary>An argument that receives progress.</summary>
/// <param name="Index">Its number in the call.</param>
/// <param name="Deliver">Takes the bytes of a report.</param>
internal sealed record ReportReceiver(byte Index, Action<byte[]> Deliver);

/// <summary>Takes the place of a worker for the time in which a detached call is said: writes down the one call that is made.</summary>
/// <param name="limits">What is accepted.</param>
internal sealed class CallRecorder(WireLimits limits) : RemoteTarget
{
    private RecordedCall? _call;
    private Exception? _failure;

    /// <summary>What has been said about the function that is called, with what it needs; null before, and for the call of an object.</summary>
    public RemotePlacement? Placement { get; private set; }

    /// <summary>The call that was made.</summary>
    /// <exception cref="InvalidOperationException">None was made.</exception>
    public RecordedCall Call => _failure is not null ? throw _failure : _call ?? throw new InvalidOperationException(
        "The lambda of SpawnAsync made no remote call. Let it be one call on its parameter: SpawnAsync(jobs => jobs.PreprocessAsync(data)).");

    /// <summary>The recorder, for a function of which something has been said.</summary>
    /// <param name="placement">What has been said.</param>
    public CallRecorder Of(RemotePlacement placement)
    {
        Placement ??= placement;
        return this;
    }

    /// <inheritdoc/>
    public override OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method)
    {
        if (_call is not null)
        {
            _failure = new InvalidOperationException(
                $"The lambda of SpawnAsync calls '{method.Name}' after '{_call.Method.Name}'. A detached call is one call: spawn each, or let a remote function make both.");
            throw _failure;
        }

        if (method.HoldsReferences)
        {
            throw new NotSupportedException(
                $"'{method.Name}' cannot be detached: its result is a RemoteRef, which ends with its caller's session. Return the value, or put it (cluster.Objects) and return its key.");
        }

        return new Writing<TResult>(this, method, limits);
    }

    /// <inheritdoc/>
    public override OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method)
        => throw new NotSupportedException($"'{method.Name}' cannot be detached: its result is a stream, which runs as its caller reads it. Report progress (IProgress<T>), or return all items together.");

    [SuppressMessage("Design", "CA1001", Justification = "Every way of ending the writing gives the buffer back.")]
    private sealed class Writing<TResult>(CallRecorder recorder, RemoteMethod method, WireLimits limits) : OutgoingCall<TResult>, IReferenceWriter
    {
        // Whoever awaits inside of the lambda goes no further.
        private static readonly CancellationToken NeverRun = new(canceled: true);

        private readonly BodyBuffer _body = new() { MaxBytes = limits.MaxBodyBytes };
        private readonly List<ReportReceiver> _receivers = [];

        public override WireWriter BeginArguments() => new(_body, ObjectForm.Map, limits, this);

        public override void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem)
        {
            if (items is not null)
                throw new NotSupportedException($"'{method.Name}' cannot be detached with a stream as an argument: its caller may be gone when it reads the items. Pass a list, or a key of cluster.Objects.");
            writer.WriteNil();
        }

        public override void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport)
        {
            if (progress is null)
            {
                writer.WriteNil();
                return;
            }

            byte index = checked((byte)(_receivers.Count + 1));
            _receivers.Add(new ReportReceiver(index, report => progress.Report(StoredValues.Read(report, readReport, limits))));
            writer.WriteByte(index);
        }

        public override ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        {
            Record(ref arguments);
            return ValueTask.FromCanceled<TResult>(NeverRun);
        }

        public override ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        {
            Record(ref arguments);
            return ValueTask.FromCanceled(NeverRun);
        }

        public override ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error)
        {
            Fail(ref arguments, error);
            return ValueTask.FromCanceled<TResult>(NeverRun);
        }

        public override ValueTask FailVoidAsync(ref WireWriter arguments, Exception error)
        {
            Fail(ref arguments, error);
            return ValueTask.FromCanceled(NeverRun);
        }

        ulong IReferenceWriter.Write<T>(RemoteRef<T> reference, WireWrite<T>? writeValue, ObjectForm form) => throw new NotSupportedException(
            $"'{method.Name}' cannot be detached with a RemoteRef<{typeof(T).Name}> as an argument: the reference ends with this program's session. Pass the value, or a key of cluster.Objects.");

        private void Record(ref WireWriter arguments)
        {
            try
            {
                arguments.Flush();
                recorder._call = new RecordedCall(method, _body.Written.ToArray(), _receivers);
                _body.Dispose();
            }
            catch (Exception error)
            {
                Fail(ref arguments, error);
            }
        }

        private void Fail(ref WireWriter arguments, Exception error)
        {
            recorder._failure = error is NotSupportedException ? error : arguments.Translate(error);
            _body.Dispose();
        }
    }
}
