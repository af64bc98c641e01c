using System.Reflection;
using System.Runtime.Loader;

namespace Runhouse.Cli.Watching;

/// <summary>
/// The compiler of the SDK that builds: the tool carries none. What it emits fits what the build has emitted, and the generators and analyzers of the project
/// find the version that they were made for.
/// </summary>
internal static class SdkCompiler
{
    private static readonly Lock Gate = new();
    private static string? _folder;

    /// <summary>Says where the compiler is. To be called before any of its types is used.</summary>
    /// <param name="folder">The folder with <c>Microsoft.CodeAnalysis.dll</c>.</param>
    /// <exception cref="InvalidOperationException">It is not there, or one of another SDK is in use already.</exception>
    public static void Use(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "Microsoft.CodeAnalysis.CSharp.dll")))
            throw new InvalidOperationException($"The SDK that built the project has no compiler in {folder}. Install the .NET SDK 10 anew, or build without watching.");
        lock (Gate)
        {
            if (_folder is not null && _folder != folder)
                throw new InvalidOperationException($"The project is built by another SDK than before: its compiler is in {folder}, not in {_folder}. Start watching anew.");
            if (_folder is null)
                AssemblyLoadContext.Default.Resolving += Resolve;
            _folder = folder;
        }
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name)
    {
        string path = Path.Combine(_folder!, name.Name + ".dll");
        return name.Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    }
}
