using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>An inline call as the dispatcher sees it.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="method">The called member.</param>
/// <param name="instance">The called object; null for functions and constructors.</param>
/// <param name="arguments">The arguments.</param>
/// <param name="items">Where a stream's items go; null when the result is no stream.</param>
/// <param name="cancellationToken">Cancelled when the call is to end.</param>
internal sealed class InlineInvocation(
    InlineTarget target, RemoteMethod method, object? instance, InlineArguments arguments, ChannelWriter<byte[]>? items,
    CancellationToken cancellationToken) : IncomingCall, IDisposable
{
    private readonly BodyBuffer _result = new() { MaxBytes = target.Runtime.Limits.MaxBodyBytes };

    /// <summary>What the result hands out.</summary>
    public InlineHandedOut HandedOut { get; } = new(target.Runtime.Values);

    /// <summary>The instance that a constructor made; null for anything else.</summary>
    public object? Created { get; private set; }

    /// <summary>The written result.</summary>
    public byte[] Result => _result.Written.ToArray();

    /// <inheritdoc/>
    public override ulong MethodId => method.Id;

    /// <inheritdoc/>
    public override object? Target => instance;

    /// <inheritdoc/>
    public override CancellationToken CancellationToken => cancellationToken;

    /// <inheritdoc/>
    protected override WireReader OpenArguments() => new(arguments.Body, target.Runtime.Limits, arguments.Reader);

    /// <inheritdoc/>
    public override IAsyncEnumerable<T>? ReadStream<T>(ref WireReader reader, WireRead<T> readItem)
        => arguments.ReadStream(ref reader, readItem, cancellationToken);

    /// <inheritdoc/>
    public override IProgress<T>? ReadProgress<T>(ref WireReader reader, WireWrite<T> writeReport)
        => arguments.ReadProgress(ref reader, writeReport);

    /// <inheritdoc/>
    public override T GetService<T>(string parameter)
    {
        IServiceProvider services = target.Runtime.Services(target.Contract)
            ?? throw new InvalidOperationException(
                $"{parameter} asks for {typeof(T)}, but the assembly {target.Contract.AssemblyName} makes no services. Reference the Runhouse package in its project.");
        return services.GetService<T>()
            ?? throw new InvalidOperationException(
                $"{parameter} asks for {typeof(T)}, which is not registered. Register it in the type named by [assembly: RemoteStartup(typeof(...))].");
    }

    /// <inheritdoc/>
    public override WireWriter BeginResult() => new(_result, ObjectForm.Array, target.Runtime.Limits, HandedOut);

    /// <inheritdoc/>
    public override void Complete(ref WireWriter result) => result.Flush();

    /// <inheritdoc/>
    public override void Complete()
    {
    }

    /// <inheritdoc/>
    public override void CompleteWithObject(object instance) => Created = instance;

    /// <inheritdoc/>
    public override async ValueTask CompleteWithStreamAsync<T>(IAsyncEnumerable<T> stream, WireWrite<T> writeItem)
    {
        await foreach (T item in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
            await items!.WriteAsync(InlineCodec.Encode(item, writeItem, target.Runtime.Limits), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _result.Dispose();

    /// <summary>Writes the id of the object made: a constructor's result.</summary>
    /// <param name="id">The id.</param>
    public void CompleteWithId(ulong id)
    {
        var writer = BeginResult();
        writer.WriteUInt64(id);
        writer.Flush();
    }
}
