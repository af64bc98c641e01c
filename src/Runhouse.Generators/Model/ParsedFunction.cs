namespace Runhouse.Generators.Model;

/// <summary>A remote function as parsed, before it joins the others of its type.</summary>
/// <param name="Type">The declaring type.</param>
/// <param name="Member">The function.</param>
/// <param name="Shapes">The shapes that its signature reaches.</param>
internal sealed record ParsedFunction(ContainingTypeModel Type, RemoteMemberModel Member, EquatableArray<TypeShape> Shapes);
