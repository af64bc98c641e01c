using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Runhouse.Worker.Loading;

/// <summary>
/// Remembers which assemblies and native libraries were asked for in vain and by whom, so that the error of the call which needed
/// them says it: the runtime's own message has the name only.
/// </summary>
/// <param name="deployment">The deployment's id, for messages.</param>
internal sealed class MissingFiles(string deployment)
{
    private readonly ConcurrentDictionary<string, string> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _libraries = new(StringComparer.Ordinal);

    /// <summary>Remembers what the application's context asks for in vain from now on.</summary>
    public void Watch(AssemblyLoadContext context)
    {
        // The process's own event comes last, and knows who asked.
        AppDomain.CurrentDomain.AssemblyResolve += (_, request) =>
        {
            AddAssembly(request.Name, request.RequestingAssembly);
            return null;
        };
        context.ResolvingUnmanagedDll += (requester, name) =>
        {
            _libraries.TryAdd(name, NameOf(requester));
            return 0;
        };
    }

    private void AddAssembly(string fullName, Assembly? requester)
    {
        string name = new AssemblyName(fullName).Name ?? fullName;
        if (!name.EndsWith(".resources", StringComparison.OrdinalIgnoreCase))
            _assemblies.TryAdd(name, NameOf(requester));
    }

    /// <summary>The error to report for <paramref name="exception"/>: itself, unless a missing file of the deployment is behind it.</summary>
    public Exception Explain(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (Find(cause) is { } message)
                return new DeploymentException(message, exception);
        }

        return exception;
    }

    private string? Find(Exception cause)
    {
        switch (cause)
        {
            case FileNotFoundException { FileName: { Length: > 0 } file } when AssemblyOf(file) is { } name && _assemblies.TryGetValue(name, out string? wanted):
                return $"The assembly {file}, which {wanted} needs, is not among the files of deployment {deployment}. "
                    + "Reference its package or project in the application itself, so that the build copies it to the output, and deploy again.";
            case DllNotFoundException:
                foreach (var (library, wantedBy) in _libraries)
                {
                    if (cause.Message.Contains(library, StringComparison.Ordinal))
                    {
                        return $"The native library {library}, which {wantedBy} needs, is neither among the files of deployment {deployment} nor "
                            + "installed on this host, or a library that it needs itself is missing. Reference the package with its native "
                            + $"assets for {RuntimeInformation.RuntimeIdentifier}, name that platform in the project's RunhouseTargetRids, or install the library on the host. The loader says: {cause.Message}";
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private static string? AssemblyOf(string file)
    {
        // FileName holds a full assembly name when a reference was not found, a path when user code opened a file.
        if (file.Contains('/', StringComparison.Ordinal) || file.Contains('\\', StringComparison.Ordinal))
            return null;
        int comma = file.IndexOf(',', StringComparison.Ordinal);
        return comma < 0 ? file : file[..comma];
    }

    private static string NameOf(Assembly? requester) => requester?.GetName().Name ?? "the application";
}
