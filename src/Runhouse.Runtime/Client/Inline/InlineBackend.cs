using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Carries out in the caller's own process what a placement says; its cluster does not matter here.</summary>
/// <param name="runtime">What runs the calls.</param>
/// <param name="calls">How calls are made that say nothing themselves.</param>
internal sealed class InlineBackend(InlineRuntime runtime, RemoteOptions calls) : RemoteBackend
{
    /// <inheritdoc/>
    public override RemoteTarget Functions(RemotePlacement placement) => runtime.Functions(placement.Contract, Options(placement));

    /// <inheritdoc/>
    public override RemoteCreation BeginCreate(RemotePlacement placement, RemoteMethod<ulong> constructor)
    {
        RemoteOptions options = Options(placement);
        return new InlineCreation(runtime, runtime.BeginCreate(placement.Contract, constructor, placement.Name, placement.NameConflict, options), options);
    }

    /// <inheritdoc/>
    public override RemoteObjectHandle CreateLazily(RemotePlacement placement, RemoteMethod<ulong> constructor)
    {
        var lazy = new InlineLazyObject(() =>
        {
            OutgoingCall<ulong> call = BeginCreate(placement, constructor).Call;
            WireWriter arguments = call.BeginArguments();
            return call.SendAsync(ref arguments, CancellationToken.None).AsTask();
        });
        return new InlineLazyHandle(
            runtime, lazy, placement.Name, new InlineTarget(runtime, placement.Contract, 0, null, Options(placement)) { Lazy = lazy });
    }

    /// <inheritdoc/>
    public override Task<RemoteObjectHandle> AttachAsync(
        RemotePlacement placement, string name, string typeName, CancellationToken cancellationToken)
        => Task.FromResult(runtime.Attach(name, typeName, Options(placement)));

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private RemoteOptions Options(RemotePlacement placement)
        => placement.Options is { } given ? given with { Timeout = given.Timeout ?? calls.Timeout } : calls;
}
