using Microsoft.CodeAnalysis;

namespace Runhouse.Generators;

/// <summary>Writes proxies, entry points, dispatchers, serializers and contracts for code marked <c>[Remote]</c>.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class RemoteGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
    }
}
