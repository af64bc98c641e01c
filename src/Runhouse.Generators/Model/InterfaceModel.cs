namespace Runhouse.Generators.Model;

/// <summary>An interface that a proxy implements.</summary>
/// <param name="TypeName">The interface as code.</param>
/// <param name="Methods">Its methods.</param>
internal sealed record InterfaceModel(string TypeName, EquatableArray<InterfaceMethodModel> Methods);

/// <summary>A method of an interface, and the remote member behind it.</summary>
/// <param name="Identifier">Its name as code.</param>
/// <param name="ReturnTypeName">Its return type as code.</param>
/// <param name="Parameters">Its parameters: name and type.</param>
/// <param name="MemberId">The id of the remote member.</param>
internal sealed record InterfaceMethodModel(
    string Identifier, string ReturnTypeName, EquatableArray<InterfaceParameterModel> Parameters, ulong MemberId);

/// <summary>A parameter of an interface's method.</summary>
/// <param name="Identifier">Its name as code.</param>
/// <param name="TypeName">Its type as code.</param>
/// <param name="IsToken">Whether it is the cancellation token.</param>
internal sealed record InterfaceParameterModel(string Identifier, string TypeName, bool IsToken);
