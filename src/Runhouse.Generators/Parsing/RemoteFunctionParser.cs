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
    /// <param name="sink">Where problems go.</param>
    /// <param name="memo">What is known of types.</param>
    public static Parsed<ParsedFunction> Parse(IMethodSymbol method, AttributeData attribute, Compilation compilation, ProblemSink sink, ShapeMemo memo)
    {
        ContainingTypeModel type = ContainingTypeParser.Parse(method.ContainingType);
        string display = type.DisplayName + "." + method.Name;
        Location? location = method.Locations.FirstOrDefault();
        if (!method.IsStatic)
        {
            if (method.ContainingType.Attribute(RuntimeNames.RemoteAttribute) is null)
                sink.Add(ShapeRules.InstanceFunction, location, display);
            return new([], sink.Kept);
        }

        if (method.ContainingType.IsExtension)
            sink.Add(ShapeRules.Ineffective, location, "'" + method.Name + "'", "an extension member belongs to the type that it extends: make it a method of a static class");
        else if (method.ContainingType.IsObsoleteAsError())
            sink.Add(ShapeRules.Ineffective, location, "'" + display + "'", Deprecation.Remedy);
        else if (!method.IsAccessible(compilation) || method.ContainingType.IsFileLocal)
            sink.Add(ShapeRules.Inaccessible, location, display);
        else if (method.ContainingType.IsGenericType)
            sink.Add(ShapeRules.OpenGeneric, location, display, "move it to a type without type parameters");
        else
            return Parse(method, attribute, type, new MemberParser(type, compilation, sink, location, memo), location, sink);
        return new([], sink.Kept);
    }

    private static Parsed<ParsedFunction> Parse(
        IMethodSymbol method, AttributeData attribute, ContainingTypeModel type, MemberParser members, Location? location, ProblemSink sink)
    {
        RemoteMemberModel? member = members.Method(method, MemberKind.Function);
        if (member is not null && EntryPointOfClass(method, member) is { } entryPoint)
        {
            sink.Add(ShapeRules.NameTaken, location, type.DisplayName + "." + method.Name, entryPoint);
            return new([], sink.Kept);
        }

        if (member?.Return.IsSynchronous() == true)
            sink.Add(ShapeRules.Synchronous, location, type.DisplayName + "." + method.Name);
        return member is null
            ? new([], sink.Kept)
            : new(
                new EquatableArray<ParsedFunction>(
                [
                    new ParsedFunction(
                        type,
                        member with
                        {
                            Needs = ContainingTypeParser.Needs(attribute),
                            Schedule = ScheduleParser.Parse(method, attribute),
                            Accessibility = method.IsPublic() ? "public" : "internal",
                        },
                        members.Shapes),
                ]),
                sink.Kept);
    }

    // Of a class whose objects are remote, callers make and find them beside its functions: 'X.Remote.CreateAsync(...)', 'X.Remote.AttachAsync(name)'.
    private static string? EntryPointOfClass(IMethodSymbol method, RemoteMemberModel member)
    {
        if (method.ContainingType.Attribute(RuntimeNames.RemoteAttribute) is null)
            return null;
        string types = Types(method);
        return member.ProxyName switch
        {
            "AttachAsync" when types == "System.String" => "the generated 'AttachAsync(string)', which attaches to a named object",
            "CreateAsync" when method.ContainingType.InstanceConstructors.Any(one => one.DeclaredAccessibility == Accessibility.Public && Types(one) == types)
                => "the generated 'CreateAsync', which constructs a remote object of the same parameters",
            _ => null,
        };
    }

    private static string Types(IMethodSymbol method) => string.Join(
        ",",
        method.Parameters
            .Where(static one => !one.Type.IsToken() && one.Attribute(RuntimeNames.FromServicesAttribute) is null)
            .Select(static one => one.Type.ToDisplayString(TypeNames.Stable)));
}
