namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What decides whether a <see cref="Use"/> is reported.</summary>
internal enum UseKind
{
    /// <summary>That remote code reaches it.</summary>
    Reached,

    /// <summary>The text that a field has from its initializer, which is another block of code.</summary>
    FieldText,

    /// <summary>Whether the environment variable is declared.</summary>
    Environment,

    /// <summary>A write of static state.</summary>
    Write,

    /// <summary>The first write of a lazy value: never reported, but the value is not the caller's.</summary>
    LazyWrite,

    /// <summary>A read of static state.</summary>
    Read,

    /// <summary>A write of a thread's or a flow's own value: never reported.</summary>
    AmbientWrite,

    /// <summary>A read of a thread's or a flow's own value.</summary>
    AmbientRead,
}
