using System.Buffers.Binary;
using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Objects;

/// <summary>What the constructor of a named object was called with, so that it can be called again: in another worker, and by a newer version of the class that still has that constructor.</summary>
/// <param name="MethodId">The constructor.</param>
/// <param name="SchemaHash">The hash of the shapes of its signature, as its caller knew them.</param>
/// <param name="Form">How the arguments are laid out.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record Construction(ulong MethodId, ulong SchemaHash, ObjectForm Form, ReadOnlyMemory<byte> Arguments)
{
    private const int HeaderBytes = 17;

    /// <summary>What a call constructs with.</summary>
    public static Construction Of(ServerCall call) => new(call.MethodId, call.SchemaHash, call.ArgumentsForm, call.ArgumentBytes);

    /// <summary>Reads what <see cref="ToBytes"/> made.</summary>
    public static Construction Read(byte[] bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)), (ObjectForm)bytes[16], bytes.AsMemory(HeaderBytes));

    /// <summary>The bytes that are kept.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderBytes + Arguments.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, MethodId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), SchemaHash);
        bytes[16] = (byte)Form;
        Arguments.Span.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <summary>Calls the constructor again.</summary>
    /// <param name="deployment">The code.</param>
    /// <param name="typeName">The full name of the class.</param>
    /// <param name="limits">What is accepted.</param>
    /// <param name="cancellationToken">The constructor's token.</param>
    /// <returns>The new instance, and the contract of its class.</returns>
    /// <exception cref="SnapshotException">This version of the class has no such constructor.</exception>
    public async Task<(object Instance, RemoteContract Contract)> RunAsync(Deployment deployment, string typeName, WireLimits limits, CancellationToken cancellationToken)
    {
        if (!deployment.Members.TryGetValue(MethodId, out MemberEntry? entry) || (Form == ObjectForm.Array && SchemaHash != entry.Member.SchemaHash))
        {
            throw new SnapshotException(
                $"this version of {typeName} has no public constructor with the parameters that the object was constructed with. Keep that constructor beside the new one");
        }

        var call = new Again(this, entry, limits, cancellationToken);
        try
        {
            await entry.Contract.Contract.DispatchAsync(call).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw call.Explain(error);
        }

        return (call.Instance!, entry.Contract.Contract);
    }

    /// <summary>The call of a constructor that nobody made over a connection.</summary>
    private sealed class Again(Construction construction, MemberEntry entry, WireLimits limits, CancellationToken cancellationToken) : IncomingCall
    {
        public object? Instance { get; private set; }

        public override ulong MethodId => construction.MethodId;

        public override object? Target => null;

        public override CancellationToken CancellationToken => cancellationToken;

        public override IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem)
            => reader.TryReadNil() ? null : throw Unrepeatable("a stream");

        public override IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport)
            => reader.TryReadNil() ? null : throw Unrepeatable("a receiver of progress");

        public override T GetService<T>(string parameter) => (T)entry.Contract.Resolve(typeof(T), parameter);

        public override void CompleteWithObject(object instance) => Instance = instance;

        public override WireWriter BeginResult() => throw NoConstructor();

        public override void Complete(ref WireWriter result) => throw NoConstructor();

        public override void Complete() => throw NoConstructor();

        public override ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> items, WireWrite<T> writeItem) => throw NoConstructor();

        protected override WireReader OpenArguments() => new(construction.Arguments, limits, references: null, construction.Form == ObjectForm.Plain);

        private SnapshotException Unrepeatable(string what)
            => new($"the constructor of {entry.Member.TypeName} was called with {what}, which ended with its caller. Take what it brings by a method");

        private InvalidOperationException NoConstructor() => new($"'{entry.Member.Signature}' is no constructor. Rebuild the application, so that its dispatcher is generated anew.");
    }
}
