using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads <c>[assembly: RemoteStartup(typeof(S))]</c>.</summary>
internal static class StartupParser
{
    /// <summary>Reads the attribute; null when the type cannot register services.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <param name="compilation">The compilation.</param>
    /// <param name="sink">Where problems go.</param>
    public static StartupModel? Parse(AttributeData attribute, Compilation compilation, ProblemSink sink)
    {
        if (attribute.ConstructorArguments.Length != 1 || attribute.ConstructorArguments[0].Value is not INamedTypeSymbol type)
            return null;
        IMethodSymbol? configure = type.GetMembers("ConfigureServices").OfType<IMethodSymbol>().FirstOrDefault(m => m is { ReturnsVoid: true, Parameters.Length: 1 }
            && m.Parameters[0].Type.Is("Microsoft.Extensions.DependencyInjection", "IServiceCollection") && m.IsAccessible(compilation));
        bool constructible = configure is { IsStatic: true }
            || (!type.IsAbstract && type.InstanceConstructors.Any(c => c.Parameters.IsEmpty && c.IsAccessible(compilation)));
        if (configure is null || !constructible)
        {
            Location? location = attribute.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : null;
            sink.Add(ShapeRules.Startup, location, type.ToDisplayString(TypeNames.Plain));
            return null;
        }

        return new StartupModel(type.ToDisplayString(TypeNames.Unannotated), configure.IsStatic);
    }
}
