using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;

namespace Runhouse.Cli.Watching;

/// <summary>Loads a project's generators, apart from this program, from copies: a generator that is itself built meanwhile is not held.</summary>
internal sealed class GeneratorAssemblies : IAnalyzerAssemblyLoader
{
    private readonly Dictionary<string, string> _paths = new(StringComparer.OrdinalIgnoreCase);
    private readonly AssemblyLoadContext _context = new("generators");

    public GeneratorAssemblies() => _context.Resolving += (_, name) => _paths.TryGetValue(name.Name!, out string? path) ? Load(path) : null;

    /// <inheritdoc/>
    public void AddDependencyLocation(string fullPath) => _paths[Path.GetFileNameWithoutExtension(fullPath)] = fullPath;

    /// <inheritdoc/>
    public Assembly LoadFromPath(string fullPath)
    {
        string name = Path.GetFileNameWithoutExtension(fullPath);
        return _context.Assemblies.FirstOrDefault(one => one.GetName().Name == name) ?? Load(fullPath);
    }

    private Assembly Load(string path)
    {
        using var image = new MemoryStream(File.ReadAllBytes(path));
        return _context.LoadFromStream(image);
    }
}
