using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// Runtimes for machines of other platforms, composed of packages and kept in Runhouse's folder, one for each platform and version. They are laid out like an
/// installation of .NET, with two programs that start the host and the workers in place of <c>dotnet</c>. Thread-safe, also between processes.
/// </summary>
/// <param name="directory">Their folder.</param>
/// <param name="time">The clock.</param>
internal sealed class ComposedRuntimes(string directory, TimeProvider time)
{
    /// <summary>The platforms that hosts run on and .NET is published for.</summary>
    public static readonly IReadOnlyList<string> Rids = ["linux-x64", "linux-arm64", "linux-musl-x64", "linux-musl-arm64"];

    private static readonly SemaphoreSlim Composing = new(1);

    /// <summary>The runtime for a platform, if it is there: of the version of this process, or a later patch.</summary>
    /// <param name="rid">The platform.</param>
    public HostBundle? TryFind(string rid)
    {
        string prefix = rid + "-";
        IEnumerable<string> folders = Directory.Exists(directory) ? Directory.EnumerateDirectories(directory, prefix + "*") : [];
        string? newest = folders
            .Select(folder => (Folder: folder, Version: Version.TryParse(Path.GetFileName(folder)[prefix.Length..], out Version? version) ? version : null))
            .Where(static one => one.Version is { } version && IsWanted(version))
            .OrderByDescending(static one => one.Version).Select(static one => one.Folder).FirstOrDefault();
        return newest is null ? null : DotnetRuntime.TryRead(newest, rid);
    }

    /// <summary>The runtime for a platform; composed, if it is not there.</summary>
    /// <param name="rid">The platform.</param>
    /// <param name="cancellationToken">Stops composing.</param>
    /// <exception cref="DeploymentException">It cannot be composed: the message says why, not for which machine.</exception>
    public async Task<HostBundle> GetAsync(string rid, CancellationToken cancellationToken)
    {
        if (WhyNot(rid) is { } reason)
            throw new DeploymentException(reason);
        await Composing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (TryFind(rid) is { } found)
                return found;
            await ComposeAsync(rid, cancellationToken).ConfigureAwait(false);
            return TryFind(rid) ?? throw new DeploymentException($"the packages for {rid} hold no whole runtime");
        }
        finally
        {
            Composing.Release();
        }
    }

    /// <summary>Why a runtime for a platform cannot be composed on this machine; null when it may be.</summary>
    /// <param name="rid">The platform.</param>
    public static string? WhyNot(string rid) => !Rids.Contains(rid) ? $".NET is not published for {rid}"
        : FindSdk() is null ? "this machine has no .NET SDK, which fetches the packages of one that would"
        : null;

    /// <summary>The <c>dotnet</c> of this machine with an SDK; null when there is none.</summary>
    public static string? FindSdk()
        => DotnetInstallation.TryFindProgram() is { } dotnet && Directory.Exists(Path.Combine(DotnetInstallation.RootOf(dotnet), "sdk")) ? dotnet : null;

    private static bool IsWanted(Version version)
        => version.Major == Environment.Version.Major && version.Minor == Environment.Version.Minor && version >= Environment.Version;

    // Under its name only once it is whole; another process may have been faster, with the same result.
    private async Task ComposeAsync(string rid, CancellationToken cancellationToken)
    {
        RunhouseHome.CreatePrivate(directory);
        string draft = Path.Combine(directory, $"draft-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(draft);
        try
        {
            var packages = new RuntimePackages(FindSdk()!, draft, rid);
            (Version version, IReadOnlyDictionary<string, string> folders) = await packages.RestoreAsync(Environment.Version, cancellationToken).ConfigureAwait(false);
            string root = Path.Combine(draft, "root");
            LayOut(root, rid, version.ToString(3), folders[packages.Base], folders[packages.AspNet], folders[packages.AppHost]);
            string composed = Path.Combine(directory, $"{rid}-{version.ToString(3)}");
            if (!Directory.Exists(composed))
                Directory.Move(root, composed);
            InstalledFolders.Tidy(Directory.GetDirectories(directory, rid + "-*"), composed, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"the packages of one for it could not be put together in {directory}: {e.Message}", e);
        }
        finally
        {
            Directory.Delete(draft, recursive: true);
        }
    }

    private static void LayOut(string root, string rid, string version, string runtime, string aspNet, string appHost)
    {
        const string Resolver = "libhostfxr.so";
        string frameworkFolder = Path.Combine("lib", $"net{Environment.Version.Major}.{Environment.Version.Minor}");
        foreach ((string package, string folder, string target) in ((string, string, string)[])[
            (runtime, frameworkFolder, DotnetRuntime.Base), (runtime, "native", DotnetRuntime.Base), (aspNet, frameworkFolder, DotnetRuntime.AspNet)])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(package, "runtimes", rid, folder)))
            {
                string name = Path.GetFileName(file);
                string place = Path.Combine(root, name == Resolver ? DotnetRuntime.Resolver : target, version);
                Directory.CreateDirectory(place);
                File.Copy(file, Path.Combine(place, name));
            }
        }

        byte[] template = File.ReadAllBytes(Path.Combine(appHost, "runtimes", rid, "native", "apphost"));
        foreach (string program in (string[])[AppLauncher.Host, AppLauncher.Worker])
            File.WriteAllBytes(Path.Combine(root, program), AppLauncher.Bind(template, program + ".dll"));
    }
}
