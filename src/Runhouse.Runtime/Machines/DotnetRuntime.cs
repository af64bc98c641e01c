using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Machines;

/// <summary>A .NET runtime in a folder, as what a bare machine gets: the installation of this machine, or one that was composed of packages.</summary>
internal static class DotnetRuntime
{
    /// <summary>The folder of what finds the runtime.</summary>
    public static readonly string Resolver = Path.Combine("host", "fxr");

    /// <summary>The folder of the runtime.</summary>
    public static readonly string Base = Path.Combine("shared", "Microsoft.NETCore.App");

    /// <summary>The folder of ASP.NET Core.</summary>
    public static readonly string AspNet = Path.Combine("shared", "Microsoft.AspNetCore.App");

    /// <summary>The programs that a runtime may have: its own, or those that stand in for it.</summary>
    private static readonly string[] Programs = ["dotnet", AppLauncher.Host, AppLauncher.Worker];

    /// <summary>The platform of this machine, without its distribution.</summary>
    public static string OwnRid { get; } = RuntimeIdentifiers.Portable(RuntimeInformation.RuntimeIdentifier);

    /// <summary>The runtime of this machine; null when it has none that a host could run on.</summary>
    public static HostBundle? TryFindOwn()
        => DotnetInstallation.TryFindProgram() is { } dotnet ? TryRead(DotnetInstallation.RootOf(dotnet), OwnRid) : null;

    /// <summary>The newest runtime of this major version in a folder; null when there is none that a host could run on.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="rid">Its platform.</param>
    public static HostBundle? TryRead(string root, string rid)
    {
        var files = new List<BundleFile>(Programs.Select(name => new FileInfo(Path.Combine(root, name))).Where(static file => file.Exists)
            .Select(static file => new BundleFile(file.Name, file, IsExecutable: true)));
        if (files.Count == 0 || Newest(root, Base) is not { } runtime)
            return null;
        foreach (string folder in (ReadOnlySpan<string>)[Resolver, Base, AspNet])
        {
            if (Newest(root, folder) is not { } newest)
                return null;
            files.AddRange(Under(root, newest));
        }

        string id = $"{runtime.Name}-{rid}-{Listing(files)}";
        return new HostBundle(id, [.. files.Select(file => file with { Path = $"dotnet/{id}/{file.Path}" })]);
    }

    // Of a release the files are what they are: their names and sizes tell one from another, and hashing a hundred megabytes tells no more.
    private static string Listing(List<BundleFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (BundleFile file in files)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.Path}\n{file.Source.Length}\n")));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }

    private static DirectoryInfo? Newest(string root, string folder)
    {
        string directory = Path.Combine(root, folder);
        IEnumerable<DirectoryInfo> versions = Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateDirectories() : [];
        return versions
            .Select(static folder => (Folder: folder, Version: Version.TryParse(folder.Name, out Version? version) ? version : null))
            .Where(static one => one.Version?.Major == Environment.Version.Major)
            .OrderByDescending(static one => one.Version).Select(static one => one.Folder).FirstOrDefault();
    }

    private static IEnumerable<BundleFile> Under(string root, DirectoryInfo directory) => directory.EnumerateFiles("*", SearchOption.AllDirectories)
        .OrderBy(static file => file.FullName, StringComparer.Ordinal)
        .Select(file => new BundleFile(Path.GetRelativePath(root, file.FullName).Replace('\\', '/'), file, file.Name == "createdump"));
}
