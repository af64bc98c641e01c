namespace Runhouse.Protocol.Codec;

/// <summary>How one exception type of the framework or of ours is rebuilt.</summary>
/// <param name="Type">The type: exactly this one, not those derived from it.</param>
/// <param name="Create">Makes it from the report, its fault and its cause.</param>
internal sealed record KnownException(Type Type, Func<ErrorReport, RemoteFault, Exception?, Exception> Create)
{
    /// <summary>Makes it from the report and all its causes, for a type that has several; null for the usual type.</summary>
    public Func<ErrorReport, Exception[], Exception>? CreateFromMany { get; init; }

    /// <summary>The properties that travel beside the message; null for none.</summary>
    public Func<Exception, Dictionary<string, string>>? Details { get; init; }

    /// <summary>What the type appends to the constructor's message, found by asking it; null when it appends nothing.</summary>
    public Func<Exception, string>? Suffix { get; init; }
}
