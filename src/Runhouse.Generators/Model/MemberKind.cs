namespace Runhouse.Generators.Model;

/// <summary>What the dispatcher does for a member.</summary>
internal enum MemberKind
{
    /// <summary>Calls a static method.</summary>
    Function,

    /// <summary>Constructs an instance.</summary>
    Constructor,

    /// <summary>Calls an instance method.</summary>
    Method,

    /// <summary>Reads a property.</summary>
    Getter,

    /// <summary>Sets a property.</summary>
    Setter,

    /// <summary>Sends a copy of the whole object.</summary>
    Fetch,
}
