using System.Security.Cryptography;
using System.Text;

namespace Runhouse.Runtime.Machines;

/// <summary>Files that go to a machine together and stay there under a name that says what they are: the second time they are there already.</summary>
/// <param name="Id">Names the content; a folder's name.</param>
/// <param name="Files">The files, in the order in which they are sent.</param>
internal sealed record HostBundle(string Id, IReadOnlyList<BundleFile> Files)
{
    /// <summary>The size of all files together, in bytes.</summary>
    public long Bytes => Files.Sum(static file => file.Source.Length);

    /// <summary>The programs of the host and of its workers, named by their content.</summary>
    /// <param name="hostDirectory">The host's program as the build put it, the worker's beside it.</param>
    /// <exception cref="DeploymentException">They are not there.</exception>
    public static HostBundle Programs(string hostDirectory)
    {
        string hosts = Path.TrimEndingDirectorySeparator(hostDirectory);
        string source = Path.GetDirectoryName(hosts) ?? "";
        string workers = Path.Combine(source, "worker");
        if (!File.Exists(Path.Combine(hosts, "Runhouse.Host.dll")) || !File.Exists(Path.Combine(workers, "Runhouse.Worker.dll")))
        {
            throw new DeploymentException(
                $"The programs of the host and of its workers are not at {hosts} and {workers}, where the build of a Runhouse application puts them. "
                + "Build the project that starts the process (not only a library it uses) with the Runhouse package.");
        }

        FileInfo[] files = [.. Under(hosts), .. Under(workers)];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bundle = new List<BundleFile>();
        foreach (FileInfo file in files)
        {
            string path = Path.GetRelativePath(source, file.FullName).Replace('\\', '/');
            using FileStream content = file.OpenRead();
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
            hash.AppendData(SHA256.HashData(content));
            bundle.Add(new BundleFile(path, file, IsExecutable: false));
        }

        string id = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
        return new HostBundle(id, [.. bundle.Select(file => file with { Path = $"programs/{id}/{file.Path}" })]);
    }

    private static IEnumerable<FileInfo> Under(string directory)
    {
        // Machines run Linux; libraries of other systems serve the hosts of callers' own machines.
        string libraries = Path.Combine(directory, "runtimes") + Path.DirectorySeparatorChar;
        return new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => !file.FullName.StartsWith(libraries, StringComparison.Ordinal) || file.FullName.AsSpan(libraries.Length).StartsWith("linux", StringComparison.Ordinal))
            .OrderBy(static file => file.FullName, StringComparer.Ordinal);
    }
}
