using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads the application's own exception types: what data they carry and how they are rebuilt.</summary>
internal static class ExceptionParser
{
    // Constructors may call each other in a circle in code that does not compile yet.
    private const int MaxHops = 8;

    /// <summary>Reads an exception type; null when it is none, or cannot be rebuilt.</summary>
    /// <param name="type">The type.</param>
    /// <param name="compilation">The compilation.</param>
    public static ExceptionModel? Parse(INamedTypeSymbol type, Compilation compilation)
    {
        if (type.IsAbstract || type.IsGenericType || type.IsFileLocal || !IsException(type) || !type.IsAccessible(compilation))
            return null;
        var shapes = new ShapeCollector(compilation);
        var properties = new SortedDictionary<string, (IPropertySymbol Symbol, ShapeRef Shape)>(StringComparer.Ordinal);
        for (INamedTypeSymbol? current = type; current is not null && current.Locations.Any(l => l.IsInSource); current = current.BaseType)
        {
            foreach (IPropertySymbol property in current.GetMembers().OfType<IPropertySymbol>())
            {
                bool travels = property is { IsStatic: false, IsIndexer: false, IsOverride: false, GetMethod.DeclaredAccessibility: Accessibility.Public, DeclaredAccessibility: Accessibility.Public }
                    && !properties.ContainsKey(property.Name)
                    && new ShapeCollector(compilation) is var trial && trial.Add(property.Type, property.Name) is not null && trial.Problems.Count == 0;
                if (travels)
                    properties.Add(property.Name, (property, shapes.Add(property.Type, property.Name)));
            }
        }

        return type.InstanceConstructors
            .Where(c => c.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal)
            .OrderByDescending(c => c.Parameters.Length)
            .ThenBy(c => c.ToDisplayString(TypeNames.Stable), StringComparer.Ordinal)
            .Select(c => Match(type, c, properties, shapes))
            .FirstOrDefault(m => m is not null);
    }

    private static ExceptionModel? Match(
        INamedTypeSymbol type,
        IMethodSymbol constructor,
        SortedDictionary<string, (IPropertySymbol Symbol, ShapeRef Shape)> properties,
        ShapeCollector shapes)
    {
        List<string> names = [.. properties.Keys];
        var taken = new HashSet<int>();
        var arguments = new List<ExceptionArgument>();
        foreach (IParameterSymbol parameter in constructor.Parameters)
        {
            int index = names.FindIndex(n => string.Equals(n, parameter.Name, StringComparison.OrdinalIgnoreCase));
            if (index >= 0 && SymbolEqualityComparer.Default.Equals(properties[names[index]].Symbol.Type, parameter.Type))
            {
                taken.Add(index);
                arguments.Add(new(ExceptionArgumentSource.Member, index));
            }
            else if (IsMessage(parameter))
            {
                arguments.Add(new(ExceptionArgumentSource.Message, -1));
            }
            else if (IsInnerException(parameter))
            {
                arguments.Add(new(ExceptionArgumentSource.InnerException, -1));
            }
            else
            {
                return null;
            }
        }

        var members = names.Select((name, i) =>
        {
            var (symbol, shape) = properties[name];
            bool settable = symbol.SetMethod is { DeclaredAccessibility: Accessibility.Public or Accessibility.Internal };
            return (Model: new ExceptionMember(name, "@" + name, shape, settable && (!taken.Contains(i) || symbol.IsRequired)), Index: i);
        });
        return new ExceptionModel(
            type.ToDisplayString(TypeNames.Unannotated), TypeNames.Reflection(type), new(members.Select(m => m.Model)), new(arguments), shapes.Shapes);
    }

    private static bool IsMessage(IParameterSymbol parameter, int hops = 0)
        => parameter.Type.SpecialType == SpecialType.System_String
            && (parameter.Name.ToLowerInvariant() is "message" or "msg" || (hops < MaxHops && PassedOn(parameter).Any(next => IsMessage(next, hops + 1))));

    private static bool IsInnerException(IParameterSymbol parameter, int hops = 0)
        => parameter.Type.Is("System", "Exception")
            && (parameter.Name.ToLowerInvariant() is "innerexception" or "inner" or "cause" || (hops < MaxHops && PassedOn(parameter).Any(next => IsInnerException(next, hops + 1))));

    // What a parameter is called matters less than where it goes: `OvenException(string what) : base(what)` has a message. Only as it is; a text made of it is
    // another one.
    private static IEnumerable<IParameterSymbol> PassedOn(IParameterSymbol parameter)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol { MethodKind: MethodKind.Constructor, ContainingType: { BaseType: { } baseType } type } constructor)
            yield break;
        (ArgumentListSyntax? arguments, INamedTypeSymbol target) = constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
        {
            ConstructorDeclarationSyntax { Initializer: { } initializer } => (initializer.ArgumentList, initializer.IsKind(SyntaxKind.BaseConstructorInitializer) ? baseType : type),
            ClassDeclarationSyntax { BaseList.Types: { Count: > 0 } bases } when bases[0] is PrimaryConstructorBaseTypeSyntax primary => (primary.ArgumentList, baseType),
            _ => (null, type),
        };
        if (arguments is null)
            yield break;
        for (int i = 0; i < arguments.Arguments.Count; i++)
        {
            ArgumentSyntax argument = arguments.Arguments[i];
            if (argument.Expression is not IdentifierNameSyntax { Identifier.ValueText: var passed } || passed != parameter.Name)
                continue;
            foreach (IMethodSymbol other in target.InstanceConstructors)
            {
                IParameterSymbol? receiver = argument.NameColon is { } named
                    ? other.Parameters.FirstOrDefault(p => p.Name == named.Name.Identifier.ValueText)
                    : i < other.Parameters.Length ? other.Parameters[i] : null;
                bool fits = receiver is not null && other.Parameters.Length >= arguments.Arguments.Count
                    && !SymbolEqualityComparer.Default.Equals(other, constructor)
                    && SymbolEqualityComparer.Default.Equals(receiver.Type, parameter.Type);
                if (fits)
                    yield return receiver!;
            }
        }
    }

    private static bool IsException(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.Is("System", "Exception"))
                return true;
        }

        return false;
    }
}
