using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Runhouse.Worker.Loading;

/// <summary>
/// Where the application's assemblies live. What both sides must agree on comes from the worker, the framework from the running
/// process unless the application carries a higher version, and everything else from the deployment.
/// </summary>
internal sealed class DeploymentLoadContext : AssemblyLoadContext
{
    /// <summary>The types of these cross between the worker and generated code: there must be one of each.</summary>
    private static readonly string[] Shared = ["Runhouse.Protocol", "Runhouse.Abstractions"];

    private static readonly HashSet<string> Framework = FrameworkAssemblies();

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _directory;

    public DeploymentLoadContext(string directory, string entryAssembly)
        : base("deployment")
    {
        _directory = directory;
        _resolver = new AssemblyDependencyResolver(entryAssembly);
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name || Shared.Contains(name, StringComparer.OrdinalIgnoreCase))
            return null;
        string? path = _resolver.ResolveAssemblyToPath(assemblyName);
        if (path is null || (Framework.Contains(name) && !IsHigherThanFramework(path, name)))
            return null;
        return LoadFromAssemblyPath(path);
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        if (_resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path)
            return LoadUnmanagedDllFromPath(path);
        // A deployment whose dependency file does not list its native assets: the folder that packages use for them.
        foreach (string folder in NativeFolders())
        {
            foreach (string file in FileNames(unmanagedDllName))
            {
                string candidate = Path.Combine(folder, file);
                if (File.Exists(candidate))
                    return LoadUnmanagedDllFromPath(candidate);
            }
        }

        return 0;
    }

    private string[] NativeFolders() => [Path.Combine(_directory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"), _directory];

    private static IEnumerable<string> FileNames(string name)
    {
        yield return name;
        if (OperatingSystem.IsWindows())
        {
            yield return name + ".dll";
            yield break;
        }

        string suffix = OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        yield return "lib" + name + suffix;
        yield return name + suffix;
    }

    private static bool IsHigherThanFramework(string path, string name)
    {
        var carried = AssemblyName.GetAssemblyName(path).Version;
        var present = Default.LoadFromAssemblyName(new AssemblyName(name)).GetName().Version;
        return carried > present;
    }

    /// <summary>The running process's assemblies, without the worker's own: those are no framework of the application.</summary>
    private static HashSet<string> FrameworkAssemblies()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        string own = AppContext.BaseDirectory;
        string trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        foreach (var range in trusted.AsSpan().Split(Path.PathSeparator))
        {
            var path = trusted.AsSpan()[range];
            if (!path.StartsWith(own, StringComparison.Ordinal))
                names.Add(Path.GetFileNameWithoutExtension(path).ToString());
        }

        return names;
    }
}
