using Runhouse.Protocol.Framing;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Loading;

/// <summary>A remote member as the worker runs it.</summary>
/// <param name="contract">The contract whose dispatcher runs it.</param>
/// <param name="member">The member.</param>
internal sealed class MemberEntry(LoadedContract contract, RemoteMember member)
{
    /// <summary>The contract whose dispatcher runs it.</summary>
    public LoadedContract Contract { get; } = contract;

    /// <summary>The member.</summary>
    public RemoteMember Member { get; } = member;

    /// <summary>How long its calls keep their threads.</summary>
    public Pace Pace { get; } = new();

    /// <summary>The gate of a function with limited concurrency; a remote object's members share the object's gate.</summary>
    public ConcurrencyGate? FunctionGate { get; } =
        member is { Concurrency: > 0, Kind: RemoteMemberKind.Function } ? new ConcurrencyGate() : null;
}
