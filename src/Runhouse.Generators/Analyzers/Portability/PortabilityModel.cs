using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>What is known of a compilation while its members are walked, by many threads at once.</summary>
/// <param name="compilation">The compilation.</param>
/// <param name="platforms">The systems of the hosts.</param>
/// <param name="natives">The native libraries of packages; null when the build does not list them.</param>
internal sealed class PortabilityModel(Compilation compilation, TargetPlatforms platforms, NativeAssets? natives)
{
    private readonly ConcurrentDictionary<ISymbol, bool> _automatic = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<ISymbol, bool> _threadStatic = new(SymbolEqualityComparer.Default);

    /// <summary>The assembly that is compiled.</summary>
    public IAssemblySymbol Assembly { get; } = compilation.Assembly;

    /// <summary>Members of libraries that mean something else in a worker.</summary>
    public KnownMembers Known { get; } = new(compilation);

    /// <summary>The systems of the hosts.</summary>
    public TargetPlatforms Platforms { get; } = platforms;

    /// <summary>The native libraries of packages; null when the build does not list them.</summary>
    public NativeAssets? Natives { get; } = natives;

    /// <summary>The members and their calls.</summary>
    public CallGraph Graph { get; } = new();

    /// <summary>Remote classes of the compilation, with those of <c>[assembly: Remote&lt;T&gt;]</c>.</summary>
    public ConcurrentBag<INamedTypeSymbol> RemoteClasses { get; } = [];

    /// <summary>Whether a property keeps its value in a field that the compiler makes.</summary>
    /// <param name="property">The property.</param>
    public bool IsAutomatic(IPropertySymbol property) => _automatic.GetOrAdd(property.OriginalDefinition, static one
        => one.ContainingType.GetMembers().Any(member => member is IFieldSymbol { AssociatedSymbol: { } owner } && SymbolEqualityComparer.Default.Equals(owner, one)));

    /// <summary>Whether each thread has its own value of a field.</summary>
    /// <param name="field">The field.</param>
    public bool IsThreadStatic(IFieldSymbol field) => _threadStatic.GetOrAdd(field.OriginalDefinition, one
        => one.GetAttributes().Any(attribute => SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, Known.ThreadStatic)));
}
