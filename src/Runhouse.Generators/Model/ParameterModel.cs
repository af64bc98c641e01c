namespace Runhouse.Generators.Model;

/// <summary>A parameter of a remote member.</summary>
/// <param name="Name">Its name as declared.</param>
/// <param name="Identifier">Its name as code, escaped where it is a keyword.</param>
/// <param name="TypeName">Its type as code, with annotations.</param>
/// <param name="Kind">How it gets its argument.</param>
/// <param name="Shape">The value's, the item's or the report's shape; null for tokens and services.</param>
/// <param name="DefaultValue">The default as code; null when an argument is required.</param>
/// <param name="IsParams">Whether it is a <c>params</c> array.</param>
internal sealed record ParameterModel(
    string Name, string Identifier, string TypeName, ParameterKind Kind, ShapeRef? Shape, string? DefaultValue, bool IsParams)
{
    /// <summary>The default as JSON on one line, without a '|'; null when an argument is required.</summary>
    public string? DefaultJson { get; init; }

    /// <summary>Whether the argument is part of the call's body.</summary>
    public bool Travels => Kind is ParameterKind.Value or ParameterKind.Stream or ParameterKind.Progress;
}
