namespace Runhouse.Protocol.Generated;

/// <summary>A parameter of a remote member, as the contract lists it: those that callers give an argument.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">Its type as C# text, with full names: <c>int</c>, <c>System.Guid?</c>, <c>App.Order[]</c>.</param>
/// <param name="Kind">How its argument travels.</param>
/// <param name="DefaultJson">Its default as JSON, where null stands for the default of its type; null when an argument is required.</param>
public sealed record RemoteParameter(string Name, string TypeName, RemoteParameterKind Kind, string? DefaultJson)
{
    /// <summary>Whether an argument is required.</summary>
    public bool IsRequired => DefaultJson is null;

    /// <inheritdoc/>
    public override string ToString() => DefaultJson is null ? $"{TypeName} {Name}" : $"{TypeName} {Name} = {DefaultJson}";
}

/// <summary>How the argument of a parameter travels.</summary>
public enum RemoteParameterKind : byte
{
    /// <summary>As a value, in the call's body.</summary>
    Value,

    /// <summary>As a stream of items that the far side takes while the call runs.</summary>
    Stream,

    /// <summary>Not at all: it receives reports that come back while the call runs.</summary>
    Progress,
}
