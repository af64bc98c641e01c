using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Pipeline;

/// <summary>Finds the referenced assemblies that bring providers of machines.</summary>
internal static class ProviderReferences
{
    private const string Runtime = "Runhouse.Runtime";

    /// <summary>The providers of a program, in ordinal order; none for a library: the program that uses it has its own references.</summary>
    /// <param name="compilation">The compilation.</param>
    public static EquatableArray<ProviderModel> Of(Compilation compilation)
    {
        if (compilation.Options.OutputKind is not (OutputKind.ConsoleApplication or OutputKind.WindowsApplication))
            return new([]);
        return new(compilation.SourceModule.ReferencedAssemblySymbols
            .Where(static assembly => assembly.Modules.Any(static module => module.ReferencedAssemblies.Any(static one => one.Name == Runtime)))
            .SelectMany(static assembly => assembly.GetAttributes())
            .Where(static attribute => attribute.AttributeClass?.ToDisplayString() == RuntimeNames.MachineProviderAttributeMetadata)
            .Select(static attribute => attribute.ConstructorArguments is [{ Value: string name }, { Value: ITypeSymbol factory }]
                ? new ProviderModel(name, factory.ToDisplayString(TypeNames.Unannotated))
                : null)
            .OfType<ProviderModel>()
            .OrderBy(static one => one.Name, StringComparer.Ordinal));
    }
}
