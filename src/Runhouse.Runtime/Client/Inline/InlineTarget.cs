using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Client.Inline;

/// <summary>Where inline calls go: an object, the functions of a contract, or its constructors.</summary>
/// <param name="runtime">What runs the calls.</param>
/// <param name="contract">The contract that is called.</param>
/// <param name="objectId">The object; 0 for functions and constructors.</param>
/// <param name="creation">What is said about the object to create; null for anything but a constructor.</param>
/// <param name="options">How calls are made.</param>
internal sealed class InlineTarget(
    InlineRuntime runtime, RemoteContract contract, ulong objectId, InlineName? creation, RemoteOptions options) : RemoteTarget
{
    public InlineRuntime Runtime => runtime;

    public RemoteContract Contract => contract;

    public ulong ObjectId => objectId;

    public InlineName? Creation => creation;

    /// <summary>The object that the first call creates; null for any other target.</summary>
    public InlineLazyObject? Lazy { get; init; }

    public RemoteOptions Options => options;

    /// <inheritdoc/>
    public override OutgoingCall<TResult> Begin<TResult>(RemoteMethod<TResult> method) => new InlineCall<TResult>(this, method);

    /// <inheritdoc/>
    public override OutgoingStream<T> BeginStream<T>(RemoteStreamMethod<T> method) => new InlineStream<T>(this, method);
}

/// <summary>What is said about an object before it is created.</summary>
/// <param name="Name">Its name; null for an anonymous one.</param>
/// <param name="Conflict">What to do when an object of that name exists.</param>
internal sealed record InlineName(string? Name, NameConflict Conflict);
