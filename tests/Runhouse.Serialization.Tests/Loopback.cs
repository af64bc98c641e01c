using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Serialization;

/// <summary>Calls an object of this process through its generated proxy, serializers and dispatcher, in either form.</summary>
internal sealed class Loopback(object instance, ObjectForm form) : RemoteTarget
{
    public static readonly WireLimits Limits = WireLimits.Default with { MaxDepth = 64 };

    private static readonly RemoteContract Contract = RemoteContracts.Find(typeof(Loopback).Assembly.GetName().Name!)!;

    public static T Proxy<T>(object instance, ObjectForm form, Func<RemoteObjectHandle, T> make) => make(new Handle(new Loopback(instance, form)));

    /// <summary>Hands bytes made by hand to the member of that name.</summary>
    public static async Task DispatchAsync(object instance, string member, BodyBuffer arguments)
    {
        RemoteMember called = Contract.Members.Single(one => one.Signature.Contains("Echo." + member + "(", StringComparison.Ordinal));
        await Contract.DispatchAsync(new Incoming(called.Id, instance, arguments, ObjectForm.Map));
    }

    public override OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method) => new Call<TResult>(method, instance, form);

    public override OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method) => throw new NotSupportedException();

    private sealed class Handle(Loopback target) : RemoteObjectHandle
    {
        public override string? Name => null;

        public override RemoteTarget Target => target;

        public override Task DeleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask DisposeAsync() => default;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The buffer is the collector's.")]
    private sealed class Call<TResult>(RemoteMethod<TResult> method, object instance, ObjectForm form) : OutgoingCall<TResult>
    {
        private readonly BodyBuffer _body = new();

        public override WireWriter BeginArguments() => new(_body, form, Limits);

        public override ValueTask<TResult> SendAsync(ref WireWriter arguments, CancellationToken cancellationToken)
        {
            arguments.Flush();
            return DispatchAsync();
        }

        public override ValueTask SendVoidAsync(ref WireWriter arguments, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override ValueTask<TResult> FailAsync(ref WireWriter arguments, Exception error) => ValueTask.FromException<TResult>(error);

        public override ValueTask FailVoidAsync(ref WireWriter arguments, Exception error) => ValueTask.FromException(error);

        public override void WriteStream<T>(ref WireWriter writer, IAsyncEnumerable<T>? items, WireWrite<T> writeItem) => throw new NotSupportedException();

        public override void WriteProgress<T>(ref WireWriter writer, IProgress<T>? progress, WireRead<T> readReport) => throw new NotSupportedException();

        private async ValueTask<TResult> DispatchAsync()
        {
            var call = new Incoming(method.Id, instance, form == ObjectForm.Plain ? ThroughJson(_body) : _body, form);
            await Contract.DispatchAsync(call);
            return Read(form == ObjectForm.Plain ? ThroughJson(call.Result) : call.Result);
        }

        private TResult Read(BodyBuffer body)
        {
            var reader = new WireReader(body.Written, Limits, isPlain: form == ObjectForm.Plain);
            TResult result = method.ReadResult!(ref reader);
            Assert.True(reader.End);
            return result;
        }
    }

    // What callers without types see of it.
    private static BodyBuffer ThroughJson(BodyBuffer body)
    {
        var reader = new WireReader(body.Written, Limits);
        string text = JsonValues.Read(ref reader).GetRawText();
        Assert.True(reader.End);
        var copy = new BodyBuffer();
        var writer = new WireWriter(copy, ObjectForm.Plain, Limits);
        JsonValues.Write(ref writer, System.Text.Json.JsonElement.Parse(text, new System.Text.Json.JsonDocumentOptions { MaxDepth = 1000 }));
        writer.Flush();
        return copy;
    }

    private sealed class Incoming(ulong methodId, object target, BodyBuffer arguments, ObjectForm form) : IncomingCall
    {
        public BodyBuffer Result { get; } = new();

        public override ulong MethodId => methodId;

        public override object? Target => target;

        public override CancellationToken CancellationToken => CancellationToken.None;

        protected override WireReader OpenArguments() => new(arguments.Written, Limits, isPlain: form == ObjectForm.Plain);

        public override WireWriter BeginResult() => new(Result, form, Limits);

        public override void Complete(ref WireWriter result) => result.Flush();

        public override void Complete() => throw new NotSupportedException();

        public override void CompleteWithObject(object instance) => throw new NotSupportedException();

        public override ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem) => throw new NotSupportedException();

        public override T GetService<T>(string parameter) => throw new NotSupportedException();

        public override IAsyncEnumerable<T> ReadStream<T>(ref WireReader reader, WireRead<T> readItem) => throw new NotSupportedException();

        public override IProgress<T> ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport) => throw new NotSupportedException();
    }
}
