namespace Runhouse.Protocol.Codec;

/// <summary>One exception as it travels: what <see cref="ErrorCodec"/> writes and reads.</summary>
internal sealed record ErrorReport
{
    /// <summary>The full name of the exception's type.</summary>
    public required string TypeName { get; init; }

    /// <summary>The full names of its base classes, nearest first.</summary>
    public IReadOnlyList<string> BaseTypeNames { get; init; } = [];

    /// <summary>What <see cref="Exception.Message"/> returned.</summary>
    public required string Message { get; init; }

    /// <summary>What its constructor was given as message, where its type adds to it (a parameter's name); null where that is the message.</summary>
    public string? Text { get; init; }

    /// <summary>The stacks of all hops so far.</summary>
    public string StackTrace { get; init; } = "";

    /// <summary>The host on which it happened.</summary>
    public string Host { get; init; } = "";

    /// <summary>The worker in which it happened.</summary>
    public string Worker { get; init; } = "";

    /// <summary>The call in which it happened.</summary>
    public string CallId { get; init; } = "";

    /// <summary><see cref="Exception.HResult"/>.</summary>
    public int HResult { get; init; }

    /// <summary>The properties of the framework's and of our own exceptions, by name.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();

    /// <summary>Its causes: one, or several for an <see cref="AggregateException"/>.</summary>
    public IReadOnlyList<ErrorReport> Inner { get; init; } = [];

    /// <summary>What the contract wrote of an exception of the application's own; null for any other.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>A property's value, or null.</summary>
    /// <param name="name">Its name.</param>
    public string? Detail(string name) => Details.GetValueOrDefault(name);

    /// <summary>What the caller gets attached to the rebuilt exception.</summary>
    public RemoteFault ToFault() => new()
    {
        TypeName = TypeName,
        BaseTypeNames = [.. BaseTypeNames],
        Message = Message,
        StackTrace = StackTrace,
        Host = Host,
        Worker = Worker,
        CallId = CallId,
        Inner = Inner.Count > 0 ? Inner[0].ToFault() : null,
    };
}
