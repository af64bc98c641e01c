namespace Runhouse.Integration.App;

public sealed record Order(string Customer, IReadOnlyList<OrderLine> Lines, string? Note = null);

public sealed record OrderLine(string Article, int Count, decimal Price);

public sealed record Report(string Title, decimal Total, string? Note);

/// <summary>A graph: it may refer to itself, which cannot travel.</summary>
public sealed class Node
{
    public int Value { get; set; }

    public Node? Next { get; set; }
}

/// <summary>The application's own exception, with data of its own.</summary>
public sealed class OvenException(string message, int degrees) : Exception(message)
{
    public int Degrees { get; } = degrees;

    public string? Oven { get; set; }
}

/// <summary>The application's own exception, whose parameters have names of their own.</summary>
public sealed class KilnException(string complaint, Exception? reason = null) : Exception(complaint, reason);

/// <summary>An exception that makes its message of something else: built again from the message, it would have another one.</summary>
public sealed class EmptyKilnException(string kiln) : Exception($"The kiln {kiln} is empty.");

/// <summary>An exception that nothing on the far side can build again.</summary>
public sealed class UnbuildableException(object state, Exception inner) : Exception("unbuildable", inner)
{
    internal object State { get; } = state;
}
