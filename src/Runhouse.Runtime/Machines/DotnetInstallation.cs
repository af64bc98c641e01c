namespace Runhouse.Runtime.Machines;

/// <summary>The .NET installation of this machine.</summary>
internal static class DotnetInstallation
{
    /// <summary>The folder of the installation that a <c>dotnet</c> belongs to.</summary>
    /// <param name="program">The <c>dotnet</c>.</param>
    public static string RootOf(string program) => Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)!;

    /// <summary>The <c>dotnet</c> of this machine.</summary>
    /// <exception cref="DeploymentException">There is none.</exception>
    public static string FindProgram() => TryFindProgram() ?? throw new DeploymentException(
        "No dotnet was found to run the host with: neither this process' own, nor DOTNET_HOST_PATH, DOTNET_ROOT, PATH or the usual folders have one. "
        + "Install the .NET runtime, or set DOTNET_ROOT to its folder.");

    /// <summary>The <c>dotnet</c> of this machine; null when it has none.</summary>
    public static string? TryFindProgram()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        IEnumerable<string?> candidates =
        [
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"),
            Path.GetFileName(Environment.ProcessPath) == name ? Environment.ProcessPath : null,
            Beside(Environment.GetEnvironmentVariable("DOTNET_ROOT")),

            // The shared framework of this process, if it runs on one, lies in <dotnet>/shared/Microsoft.NETCore.App/<version>.
            AppContext.GetData("FX_DEPS_FILE") is string framework ? Beside(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(framework) ?? "", "..", "..", ".."))) : null,
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(Beside),
            .. UsualDirectories().Select(Beside),
        ];
        return candidates.FirstOrDefault(File.Exists);

        IEnumerable<string> UsualDirectories() => OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet")]
            : ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/local/share/dotnet", Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet")];

        string? Beside(string? directory) => string.IsNullOrEmpty(directory) ? null : Path.Combine(directory, name);
    }
}
