using System.Globalization;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Diagnosis;

/// <summary>Checks what this machine must have to call remote code: readable configuration, a folder of its own, a runtime, the host's programs.</summary>
/// <param name="home">Runhouse's folder of the user.</param>
internal sealed class ThisMachine(RunhouseHome home)
{
    /// <summary>What the finding about the configuration is called.</summary>
    public const string ConfigurationSubject = "configuration";

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const long LittleSpace = 1L << 30;

    /// <summary>Checks it.</summary>
    public IEnumerable<Finding> Check()
    {
        yield return Configuration();
        foreach (Finding finding in Home())
            yield return finding;
        yield return Runtime();
        yield return Programs();
        yield return Host();
    }

    private Finding Configuration()
    {
        try
        {
            RunhouseOptions options = OptionsLoader.Load(home);
            return new Finding(ConfigurationSubject, FindingLevel.Good, $"readable; remote code runs on {options.Cluster ?? ClusterSpec.Local.Name}");
        }
        catch (RunhouseConfigurationException e)
        {
            return new Finding(ConfigurationSubject, FindingLevel.Bad, e.Message);
        }
    }

    private IEnumerable<Finding> Home()
    {
        const string Subject = "home";
        if (!Directory.Exists(home.Path))
        {
            yield return new Finding(Subject, FindingLevel.Good, $"{home.Path} does not exist yet; it is made when it is needed");
            yield break;
        }

        string[] open = OperatingSystem.IsWindows() ? [] :
        [
            .. new[] { home.Local, home.Clusters, Path.Combine(home.Path, "secrets") }.Where(Directory.Exists)
                .Where(IsOpenToOthers),
        ];
        if (open.Length > 0)
        {
            yield return new Finding(Subject, FindingLevel.Bad, $"others can look into {string.Join(", ", open)}, where tokens and secrets lie")
            {
                Remedy = $"chmod 700 {string.Join(' ', open)}",
            };
        }

        long free = new DriveInfo(Path.GetFullPath(home.Path)).AvailableFreeSpace;
        yield return free < LittleSpace
            ? new Finding(Subject, FindingLevel.Warning, string.Create(CultureInfo.InvariantCulture, $"{home.Path} has {free >> 20} MiB left"))
            {
                Remedy = "Free some space, or set RUNHOUSE_HOME to a folder with more.",
            }
            : new Finding(Subject, FindingLevel.Good, home.Path);
    }

    private static bool IsOpenToOthers(string folder) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder) & Others) != 0;

    private static Finding Runtime()
    {
        const string Subject = ".NET";
        if (DotnetInstallation.TryFindProgram() is not { } dotnet)
        {
            return new Finding(Subject, FindingLevel.Warning, "no dotnet was found, so that no host runs on this machine and bare machines get none from here")
            {
                Remedy = $"Install the ASP.NET Core runtime {Environment.Version.Major}.0 here, or set DOTNET_ROOT to its folder.",
            };
        }

        string others = ComposedRuntimes.FindSdk() is null ? "bare machines of other platforms need .NET installed" : "for bare machines of other platforms it is fetched by NuGet";
        return DotnetRuntime.TryFindOwn() is { } runtime
            ? new Finding(Subject, FindingLevel.Good, $"{dotnet}; bare machines of {DotnetRuntime.OwnRid} can get {runtime.Id}, {others}")
            : new Finding(Subject, FindingLevel.Warning, $"{dotnet} has not all of the ASP.NET Core runtime {Environment.Version.Major}.0, so that no bare machine can get it; {others}")
            {
                Remedy = $"Install the ASP.NET Core runtime {Environment.Version.Major}.0 here, or .NET on the machines.",
            };
    }

    private static Finding Programs()
    {
        const string Subject = "host's programs";
        try
        {
            return new Finding(Subject, FindingLevel.Good, $"{HostProgram.BuildDirectory} ({HostBundle.Programs(HostProgram.BuildDirectory).Id})");
        }
        catch (DeploymentException e)
        {
            return new Finding(Subject, FindingLevel.Bad, e.Message);
        }
    }

    private Finding Host()
    {
        const string Subject = "host on this machine";
        if (HostFile.TryRead(home.Local) is not { } file)
            return new Finding(Subject, FindingLevel.Good, "none runs; the first call starts one");
        if (!file.IsProcessAlive())
            return new Finding(Subject, FindingLevel.Good, $"process {file.Pid} has ended without a word; the next call starts another one");
        return HostVersion.DifferenceOf(file) is not { } difference
            ? new Finding(Subject, FindingLevel.Good, $"process {file.Pid} of version {file.Version}")
            : new Finding(Subject, FindingLevel.Warning, $"process {file.Pid} {difference}")
            {
                Remedy = "The next call replaces it if it holds nothing; else end its work first (runhouse down local).",
            };
    }
}
