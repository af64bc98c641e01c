using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>The host's program on this disk, and how it is started.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">What comes before the host's own arguments.</param>
internal sealed record HostProgram(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>The name under which an application's settings say where the host's files are.</summary>
    public const string DirectorySetting = "Runhouse.HostDirectory";

    private const string Name = "Runhouse.Host";

    /// <summary>Where the build put the program: where the application says, else beside it.</summary>
    public static string BuildDirectory => Path.GetFullPath(
        AppContext.GetData(DirectorySetting) as string ?? Path.Combine("runhouse", "host"), AppContext.BaseDirectory);

    /// <summary>Finds the program in a folder: a native one, or a framework-dependent one with the <c>dotnet</c> to run it.</summary>
    /// <param name="directory">The folder.</param>
    /// <exception cref="DeploymentException">There is none.</exception>
    public static HostProgram Find(string directory)
    {
        string assembly = Path.Combine(directory, Name + ".dll");
        if (File.Exists(assembly))
            return new HostProgram(DotnetInstallation.FindProgram(), ["exec", assembly]);
        string native = Path.Combine(directory, OperatingSystem.IsWindows() ? Name + ".exe" : Name);
        if (File.Exists(native))
            return new HostProgram(native, []);
        throw new DeploymentException(
            $"The host's program is not at {directory}, where the build of a Runhouse application puts it. Build the project that starts the "
            + $"process (not only a library it uses) with the Runhouse package, or point the runtime setting {DirectorySetting} at a folder with {Name}.");
    }
}
