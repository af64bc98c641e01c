using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Shape;

/// <summary>
/// Public members of a remote class that no caller and no worker reaches, and a class without any that they do. Only those that the class declares itself and freely: what a base class or
/// an interface asks for cannot be left out.
/// </summary>
internal static class UnreachableMembers
{
    /// <summary>Reports them.</summary>
    /// <param name="type">The remote class.</param>
    /// <param name="sink">Where problems go.</param>
    public static void Report(INamedTypeSymbol type, ProblemSink sink)
    {
        foreach (ISymbol member in type.GetMembers())
        {
            if (member.IsStatic || member.IsImplicitlyDeclared || member.IsOverride || member.DeclaredAccessibility != Accessibility.Public)
                continue;
            string display = type.Name + "." + member.Name;
            DiagnosticDescriptor? rule = member switch
            {
                IEventSymbol => ShapeRules.Event,
                IPropertySymbol { IsIndexer: true } => ShapeRules.Indexer,
                IFieldSymbol => ShapeRules.Field,
                _ => null,
            };
            if (rule is not null && !ImplementsInterface(type, member))
                sink.Add(rule, member.Locations[0], display);
            else if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary, Arity: 0, Parameters.IsEmpty: true } method && NeverCalled(type, method) is { } missing)
                sink.Add(ShapeRules.Disposal, member.Locations[0], display, missing);
        }
    }

    /// <summary>
    /// Whether an object can only be made. One that can be disposed may do its work by being there, and a member that callers do not see is reported itself.
    /// </summary>
    /// <param name="type">The remote class.</param>
    public static bool HasNone(INamedTypeSymbol type)
    {
        if (type.AllInterfaces.Any(static one => one.SpecialType == SpecialType.System_IDisposable || one.Is("System", "IAsyncDisposable")))
            return false;
        for (INamedTypeSymbol? at = type; at is { SpecialType: not SpecialType.System_Object }; at = at.BaseType)
        {
            if (at.GetMembers().Any(one => one is { IsStatic: false, IsImplicitlyDeclared: false, DeclaredAccessibility: Accessibility.Public }
                && (one is IPropertySymbol or IFieldSymbol or IEventSymbol || (one is IMethodSymbol { MethodKind: MethodKind.Ordinary } method && !IsOwn(method) && !SnapshotParser.IsOwn(type, method)))))
            {
                return false;
            }
        }

        return true;

        // Disposal without its interface is reported itself.
        static bool IsOwn(IMethodSymbol method) => RemoteClassParser.IsOwnOfDotNet(method) && method.Name is not ("Dispose" or "DisposeAsync");
    }

    /// <summary>The interface without which a method that looks like disposal is left out of the proxy, and never called by the worker either.</summary>
    private static string? NeverCalled(INamedTypeSymbol type, IMethodSymbol method) => method.Name switch
    {
        "Dispose" when !type.AllInterfaces.Any(static one => one.SpecialType == SpecialType.System_IDisposable) => "IDisposable",
        "DisposeAsync" when !type.AllInterfaces.Any(static one => one.Is("System", "IAsyncDisposable")) => "IAsyncDisposable",
        _ => null,
    };

    private static bool ImplementsInterface(INamedTypeSymbol type, ISymbol member) => type.AllInterfaces
        .SelectMany(static one => one.GetMembers())
        .Any(one => SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(one), member));
}
