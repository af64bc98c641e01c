using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>
/// The host's and the worker's programs in Runhouse's folder. A host outlives the program that started it and serves others, so it must not run
/// from that program's build output, which the next <c>dotnet clean</c> takes away.
/// </summary>
/// <param name="directory">The folder of installations, one per content. Hosts that others started on this machine over SSH may run from it too.</param>
/// <param name="time">The clock.</param>
internal sealed class HostInstallation(string directory, TimeProvider time)
{
    private const string Host = "host";
    private const string Worker = "worker";

    /// <summary>Installs the programs, if they are not there yet, and removes old ones, which no host runs any more.</summary>
    /// <param name="hostDirectory">The host's program as the build put it, the worker's beside it.</param>
    /// <returns>The folder to start the host from: the given one itself when it is not one of two as a build puts them.</returns>
    /// <remarks>Only the process that holds the lock for starting a host may call it.</remarks>
    public string Install(string hostDirectory)
    {
        hostDirectory = Path.TrimEndingDirectorySeparator(hostDirectory);
        string source = Path.GetDirectoryName(hostDirectory) ?? "";
        if (Path.GetFileName(hostDirectory) != Host || !Directory.Exists(hostDirectory) || !Directory.Exists(Path.Combine(source, Worker)))
            return hostDirectory;
        string[] files = [.. Files(source, Host), .. Files(source, Worker)];
        string installed = Path.Combine(directory, ContentOf(source, files));
        if (!files.All(file => new FileInfo(Path.Combine(installed, file)) is { Exists: true } copy && copy.Length == new FileInfo(Path.Combine(source, file)).Length))
            Copy(source, files, installed);
        InstalledFolders.Tidy(Directory.GetDirectories(directory), installed, time);
        return Path.Combine(installed, Host);
    }

    private static IEnumerable<string> Files(string source, string folder)
        => Directory.EnumerateFiles(Path.Combine(source, folder), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(source, file)).Order(StringComparer.Ordinal);

    private static string ContentOf(string source, string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            // The name's hash and the content's, so that no name and content can pass for another pair.
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(file)));
            using FileStream content = File.OpenRead(Path.Combine(source, file));
            hash.AppendData(SHA256.HashData(content));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    // Under its name only once it is whole: a copy that was cut off is removed with the others.
    private static void Copy(string source, string[] files, string installed)
    {
        string draft = $"{installed}.{Environment.ProcessId}";
        foreach (string file in files)
        {
            string copy = Path.Combine(draft, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(source, file), copy, overwrite: true);
        }

        if (Directory.Exists(installed))
            Directory.Delete(installed, recursive: true);
        Directory.Move(draft, installed);
    }
}
