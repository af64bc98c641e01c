using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Pipeline;

/// <summary>Finds the referenced assemblies that have contracts of their own.</summary>
internal static class ContractReferences
{
    private const string Protocol = "Runhouse.Protocol";

    /// <summary>Their simple names, in ordinal order.</summary>
    /// <param name="compilation">The compilation.</param>
    public static EquatableArray<string> Of(Compilation compilation)
        => new(compilation.SourceModule.ReferencedAssemblySymbols
            .Where(a => a.Modules.Any(m => m.ReferencedAssemblies.Any(r => r.Name == Protocol))
                && a.GetAttributes().Any(at => at.AttributeClass?.ToDisplayString() == RuntimeNames.RemoteContractAttributeMetadata))
            .Select(a => a.Name)
            .OrderBy(n => n, StringComparer.Ordinal));
}
