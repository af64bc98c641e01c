namespace Runhouse.Protocol.Generated;

/// <summary>A remote member as the contract lists it.</summary>
/// <param name="Id">The stable id: a 64-bit hash of the signature. Never below 256: those are the protocol's own.</param>
/// <param name="TypeName">The full name of the declaring type.</param>
/// <param name="Signature">The signature for messages and for the comparison of contracts.</param>
/// <param name="SchemaHash">The hash of the shapes reachable from the signature.</param>
/// <param name="Kind">What it is.</param>
public sealed record RemoteMember(ulong Id, string TypeName, string Signature, ulong SchemaHash, RemoteMemberKind Kind)
{
    /// <summary>Whether the member is synchronous and so may block: it runs on a thread of its own.</summary>
    public bool IsBlocking { get; init; }

    /// <summary>How many calls run at the same time, per object or per function; 0 for no limit.</summary>
    public int Concurrency { get; init; }
}
