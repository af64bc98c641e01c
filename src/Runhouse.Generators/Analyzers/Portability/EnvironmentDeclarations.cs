using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>Which environment variables <c>[RemoteEnvironment]</c> declares, and where.</summary>
/// <param name="compilation">The compilation.</param>
internal sealed class EnvironmentDeclarations(Compilation compilation)
{
    // What the system, .NET and the drivers set themselves.
    private static readonly HashSet<string> Everywhere = new(StringComparer.OrdinalIgnoreCase) { "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LANG", "PWD", "SHELL", "HOSTNAME" };
    private static readonly string[] EverywherePrefixes = ["DOTNET_", "COMPlus_", "CUDA_", "NVIDIA_", "NCCL_", "OMP_", "RUNHOUSE_", "LC_", "XDG_"];

    private readonly INamedTypeSymbol? _attribute = compilation.GetTypeByMetadataName(RuntimeNames.RemoteEnvironmentAttribute);
    private readonly Dictionary<ISymbol, HashSet<string>> _names = new(SymbolEqualityComparer.Default);

    /// <summary>Whether a variable is there, with a meaning of its own, on every host.</summary>
    /// <param name="name">The variable.</param>
    public static bool IsOnEveryHost(string name)
        => Everywhere.Contains(name) || EverywherePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether a member, its property, a type around it or the assembly declares a variable.</summary>
    /// <param name="member">The member.</param>
    /// <param name="name">The variable.</param>
    public bool Declares(ISymbol member, string name)
    {
        for (ISymbol? at = member; at is not null; at = (at as IMethodSymbol)?.AssociatedSymbol ?? at.ContainingType)
        {
            if (NamesOf(at).Contains(name))
                return true;
        }

        return NamesOf(compilation.Assembly).Contains(name);
    }

    private HashSet<string> NamesOf(ISymbol symbol)
    {
        if (_names.TryGetValue(symbol, out HashSet<string>? names))
            return names;
        names = new(StringComparer.Ordinal);
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (!SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, _attribute) || attribute.ConstructorArguments is not [{ Kind: TypedConstantKind.Array, IsNull: false } array])
                continue;
            foreach (TypedConstant one in array.Values)
            {
                if (one.Value is string name)
                    names.Add(name);
            }
        }

        _names.Add(symbol, names);
        return names;
    }
}
