namespace Runhouse.Protocol.Generated;

/// <summary>What a remote member is.</summary>
public enum RemoteMemberKind : byte
{
    /// <summary>A static method.</summary>
    Function,

    /// <summary>A constructor of a remote class.</summary>
    Constructor,

    /// <summary>A method, a property's half, or the fetch of a remote object.</summary>
    Member,
}
