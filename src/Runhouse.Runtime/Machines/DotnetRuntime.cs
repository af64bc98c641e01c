using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Machines;

/// <summary>The .NET runtime that a bare machine gets: that of this machine, where both are of one platform.</summary>
internal static class DotnetRuntime
{
    private static readonly string[] Frameworks = ["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"];

    /// <summary>The platform of this machine, without its distribution.</summary>
    public static string OwnRid { get; } = RuntimeIdentifiers.Portable(RuntimeInformation.RuntimeIdentifier);

    /// <summary>The runtime of this machine; null when it has none that a host could run on.</summary>
    public static HostBundle? TryFind()
    {
        string dotnet = DotnetInstallation.FindProgram();
        string root = Path.GetDirectoryName(File.ResolveLinkTarget(dotnet, returnFinalTarget: true)?.FullName ?? dotnet)!;
        var files = new List<BundleFile> { new(Path.GetFileName(dotnet), new FileInfo(Path.Combine(root, Path.GetFileName(dotnet))), IsExecutable: true) };
        foreach (string folder in (ReadOnlySpan<string>)[Path.Combine("host", "fxr"), .. Frameworks.Select(static name => Path.Combine("shared", name))])
        {
            if (Newest(Path.Combine(root, folder)) is not { } newest)
                return null;
            files.AddRange(Under(root, newest));
        }

        string id = $"{Environment.Version.ToString(3)}-{OwnRid}-{Listing(files)}";
        return new HostBundle(id, [.. files.Select(file => file with { Path = $"dotnet/{id}/{file.Path}" })]);
    }

    /// <summary>The error for a machine whose runtime is not here.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="rid">Its runtime identifier.</param>
    public static DeploymentException NotHere(string machine, string rid) => new(
        $"{machine} ({rid}) has no .NET {Environment.Version.Major} runtime, and "
        + (rid == OwnRid ? "the installation of this machine has not all of one either. " : $"that of this machine ({OwnRid}) would not run there. ")
        + $"Install the ASP.NET Core runtime {Environment.Version.Major}.0 there; it includes the .NET runtime.");

    // Of a release the files are what they are: their names and sizes tell one from another, and hashing a hundred megabytes tells no more.
    private static string Listing(List<BundleFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (BundleFile file in files)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.Path}\n{file.Source.Length}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }

    private static DirectoryInfo? Newest(string directory)
    {
        IEnumerable<DirectoryInfo> versions = Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateDirectories() : [];
        return versions
            .Select(static folder => (Folder: folder, Version: Version.TryParse(folder.Name, out Version? version) ? version : null))
            .Where(static one => one.Version?.Major == Environment.Version.Major)
            .MaxBy(static one => one.Version).Folder;
    }

    private static IEnumerable<BundleFile> Under(string root, DirectoryInfo directory) => directory.EnumerateFiles("*", SearchOption.AllDirectories)
        .OrderBy(static file => file.FullName, StringComparer.Ordinal)
        .Select(file => new BundleFile(Path.GetRelativePath(root, file.FullName).Replace('\\', '/'), file, file.Name == "createdump"));
}
