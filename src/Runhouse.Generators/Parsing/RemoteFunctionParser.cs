using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads a method marked <c>[Remote]</c>.</summary>
internal static class RemoteFunctionParser
{
    /// <summary>Reads a remote function. An instance method of a remote class is that class's matter and gives nothing.</summary>
    /// <param name="method">The method.</param>
    /// <param name="attribute">Its attribute.</param>
    /// <param name="compilation">The compilation.</param>
    public static Parsed<ParsedFunction> Parse(IMethodSymbol method, AttributeData attribute, Compilation compilation)
    {
        var diagnostics = new List<DiagnosticInfo>();
        ContainingTypeModel type = ContainingTypeParser.Parse(method.ContainingType);
        string display = type.DisplayName + "." + method.Name;
        Location? location = method.Locations.FirstOrDefault();
        if (!method.IsStatic)
        {
            if (method.ContainingType.Attribute(RuntimeNames.RemoteAttribute) is null)
                diagnostics.Add(DiagnosticInfo.Create(ShapeRules.InstanceFunction, location, display));
            return new([], new(diagnostics));
        }

        DiagnosticDescriptor? refusal = !method.IsAccessible(compilation) || method.ContainingType.IsFileLocal ? ShapeRules.Inaccessible
            : method.ContainingType.IsGenericType ? ShapeRules.OpenGeneric
            : null;
        if (refusal is not null)
        {
            diagnostics.Add(DiagnosticInfo.Create(refusal, location, display));
            return new([], new(diagnostics));
        }

        var members = new MemberParser(type, compilation, diagnostics, location);
        RemoteMemberModel? member = members.Method(method, MemberKind.Function);
        return member is null
            ? new([], new(diagnostics))
            : new(
                new EquatableArray<ParsedFunction>(
                [
                    new ParsedFunction(
                        type,
                        member with
                        {
                            Needs = ContainingTypeParser.Needs(attribute),
                            Accessibility = method.IsPublic() ? "public" : "internal",
                        },
                        members.Shapes),
                ]),
                new(diagnostics));
    }
}
