using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>
/// The native libraries that packages have for the platforms of <c>RunhouseTargetRids</c>, as the build lists them: a line for each, <c>linux-x64 libn.so</c>,
/// with an asterisk for what the project ships itself. What no package has for any platform is the system's and not known here.
/// </summary>
internal sealed class NativeAssets
{
    private const string FileName = "runhouse.natives.txt";
    private const string EveryPlatform = "*";

    private readonly Dictionary<string, HashSet<string>> _platforms = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<IAssemblySymbol, string> _lacking = new(SymbolEqualityComparer.Default);
    private readonly IReadOnlyList<string> _targets;

    private NativeAssets(SourceText lines, IReadOnlyList<string> targets)
    {
        _targets = targets;
        foreach (TextLine line in lines.Lines)
        {
            string text = line.ToString();
            int space = text.IndexOf(' ');
            if (space < 0)
                continue;
            string name = NativeLibraryName.Of(text.Substring(space + 1).Trim());
            if (!_platforms.TryGetValue(name, out HashSet<string>? platforms))
                _platforms.Add(name, platforms = new HashSet<string>(StringComparer.Ordinal));
            platforms.Add(text.Substring(0, space));
        }
    }

    /// <summary>Reads the list; null when the build made none.</summary>
    /// <param name="files">The additional files.</param>
    /// <param name="targets">The platforms of the hosts.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static NativeAssets? Read(ImmutableArray<AdditionalText> files, IReadOnlyList<string> targets, CancellationToken cancellationToken)
    {
        if (targets.Count == 0)
            return null;
        AdditionalText? file = files.FirstOrDefault(static one => one.Path.EndsWith(FileName, StringComparison.Ordinal));
        return file?.GetText(cancellationToken) is { Length: > 0 } lines ? new NativeAssets(lines, targets) : null;
    }

    /// <summary>Which library is lacking and where, for messages; null when all hosts have it, or when it is none of a package.</summary>
    /// <param name="library">What code asks the loader for.</param>
    public string? Lacks(string library)
    {
        if (!_platforms.TryGetValue(NativeLibraryName.Of(library), out HashSet<string>? platforms) || platforms.Contains(EveryPlatform))
            return null;
        return _targets.FirstOrDefault(target => !platforms.Contains(target)) is { } lacking
            ? $"{library}, which packages have for {string.Join(", ", platforms.OrderBy(static one => one, StringComparer.Ordinal))} and not for {lacking}"
            : null;
    }

    /// <summary>The same for the libraries that an assembly calls.</summary>
    /// <param name="assembly">The assembly.</param>
    public string? Lacks(IAssemblySymbol assembly) => _lacking.GetOrAdd(assembly, FindLacking) is { Length: > 0 } lacking ? lacking : null;

    private string FindLacking(IAssemblySymbol assembly)
    {
        if (assembly.GetMetadata()?.GetModules().FirstOrDefault() is not { } module)
            return "";
        MetadataReader metadata = module.GetMetadataReader();
        for (int row = 1; row <= metadata.GetTableRowCount(TableIndex.ModuleRef); row++)
        {
            if (Lacks(metadata.GetString(metadata.GetModuleReference(MetadataTokens.ModuleReferenceHandle(row)).Name)) is { } lacking)
                return lacking;
        }

        return "";
    }
}
