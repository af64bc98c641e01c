using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Creates an object in this process.</summary>
/// <param name="runtime">What runs the calls.</param>
/// <param name="call">The constructor's call.</param>
/// <param name="options">How calls of the object are made.</param>
internal sealed class InlineCreation(InlineRuntime runtime, OutgoingCall<ulong> call, RemoteOptions options) : RemoteCreation
{
    /// <inheritdoc/>
    public override OutgoingCall<ulong> Call => call;

    internal override async Task<RemoteObjectHandle> CompleteAsync(ValueTask<ulong> created)
        => runtime.Handle(await created.ConfigureAwait(false), options);
}
