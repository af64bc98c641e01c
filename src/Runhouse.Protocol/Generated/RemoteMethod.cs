using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Generated;

/// <summary>A remote member as its callers see it. Generated code holds one static instance per member.</summary>
/// <param name="id">The member's stable id.</param>
/// <param name="name">The member's name for messages, <c>FineTuner.TrainEpochAsync</c>.</param>
/// <param name="schemaHash">The hash of the shapes reachable from its signature.</param>
public abstract class RemoteMethod(ulong id, string name, ulong schemaHash)
{
    private const ulong FirstOfMembers = 256;

    /// <summary>The member's stable id.</summary>
    public ulong Id { get; } = id;

    /// <summary>The member's name for messages.</summary>
    public string Name { get; } = name;

    /// <summary>The hash of the shapes reachable from its signature.</summary>
    public ulong SchemaHash { get; } = schemaHash;

    /// <summary>Whether its result may hold references.</summary>
    public bool HoldsReferences { get; init; }

    /// <summary>Whether it takes no <see cref="CancellationToken"/>, so that its code goes on when its caller waits no longer.</summary>
    public bool TakesNoToken { get; init; }

    /// <summary>Whether a second run of a call does no harm.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>How many times a call without an outcome is made again, unless its caller says otherwise.</summary>
    public int Retries { get; init; }

    /// <summary>Whether it is one of the protocol's own.</summary>
    internal bool IsControl => Id < FirstOfMembers;

    /// <summary>How long its callers' code keeps the thread that brings a result.</summary>
    internal Pace Pace { get; private protected init; } = new();

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A remote member with one result, or with none: then <typeparamref name="TResult"/> is <see cref="Unit"/>.</summary>
/// <typeparam name="TResult">The result's type.</typeparam>
/// <param name="id">The member's stable id.</param>
/// <param name="name">The member's name for messages.</param>
/// <param name="schemaHash">The hash of the shapes reachable from its signature.</param>
/// <param name="readResult">Reads the result; null when there is none.</param>
public sealed class RemoteMethod<TResult>(ulong id, string name, ulong schemaHash, WireRead<TResult>? readResult)
    : RemoteMethod(id, name, schemaHash)
{
    /// <summary>Reads the result; null when there is none.</summary>
    public WireRead<TResult>? ReadResult { get; } = readResult;
}

/// <summary>A remote member whose result is a stream.</summary>
/// <typeparam name="T">The items' type.</typeparam>
public sealed class RemoteStreamMethod<T> : RemoteMethod
{
    /// <summary>A member whose result is a stream.</summary>
    /// <param name="id">The member's stable id.</param>
    /// <param name="name">The member's name for messages.</param>
    /// <param name="schemaHash">The hash of the shapes reachable from its signature.</param>
    /// <param name="readItem">Reads one item.</param>
    public RemoteStreamMethod(ulong id, string name, ulong schemaHash, WireRead<T> readItem)
        : base(id, name, schemaHash)
    {
        ReadItem = readItem;
        Pace = new Pace { IsConsumer = true };
    }

    /// <summary>Reads one item.</summary>
    public WireRead<T> ReadItem { get; }
}
