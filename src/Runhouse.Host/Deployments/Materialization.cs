using System.Runtime.InteropServices;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Deployments;

/// <summary>Lays a deployment's files out in a folder.</summary>
internal static partial class Materialization
{
    // Larger content is shared as well: a copy per deployment of a model's weights would fill the disk.
    private const long MaxCopiedBytes = 16 << 20;

    public static void Create(string folder, DeploymentManifest manifest, FileStore files)
    {
        HostFolders.CreatePrivate(folder);
        var made = new HashSet<string>(StringComparer.Ordinal) { folder };
        foreach (DeployedFile file in manifest.Files)
        {
            string target = Path.Combine(folder, file.Path);
            string parent = Path.GetDirectoryName(target)!;
            if (made.Add(parent))
                HostFolders.CreateMissing(parent);

            string source = files.PathOf(file.Hash);
            if (!CanShare(file) || !TryLink(source, target))
                Copy(source, target, file.IsExecutable);
        }
    }

    // Content is copied, so that an application may write to its own without changing the store; code is never written to.
    private static bool CanShare(DeployedFile file) => !OperatingSystem.IsWindows() && !file.IsExecutable
        && (file.Size > MaxCopiedBytes || file.Path.EndsWith(".dll", StringComparison.Ordinal) || file.Path.EndsWith(".pdb", StringComparison.Ordinal)
            || file.Path.EndsWith(".so", StringComparison.Ordinal) || file.Path.Contains(".so.", StringComparison.Ordinal));

    private static void Copy(string source, string target, bool isExecutable)
    {
        File.Copy(source, target);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, isExecutable ? HostFolders.PrivateFolder : HostFolders.PrivateFile);
    }

    // Fails across file systems and where links are not allowed; a copy does as well then.
    private static bool TryLink(string source, string target) => Link(source, target) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string source, string target);
}
