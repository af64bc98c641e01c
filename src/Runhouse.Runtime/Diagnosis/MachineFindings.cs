using System.Globalization;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Diagnosis;

/// <summary>What a look at a machine says about its being a host.</summary>
internal static class MachineFindings
{
    private const long LittleSpace = 1L << 30;
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(30);

    /// <summary>Reads it.</summary>
    /// <param name="subject">The machine.</param>
    /// <param name="report">The look at it.</param>
    /// <param name="runtimes">The runtimes for machines that have none.</param>
    /// <param name="directory">Runhouse's folder there.</param>
    /// <param name="now">The time here when the machine told its own.</param>
    public static IEnumerable<Finding> Read(string subject, HostReport report, HostRuntimes runtimes, string directory, DateTimeOffset now)
    {
        if (!report.Rid.StartsWith("linux", StringComparison.Ordinal))
        {
            yield return new Finding(subject, FindingLevel.Bad, $"it runs {report.Rid}, and hosts run Linux");
            yield break;
        }

        yield return new Finding(subject, FindingLevel.Good, $"answers, {report.Rid}");
        if (report.Facts.GetValueOrDefault("missing", "") is { Length: > 0 } missing)
        {
            yield return new Finding(subject, FindingLevel.Bad, $"it lacks {missing}, which the host is sent and started with")
            {
                Remedy = $"Install {missing} there with its package manager.",
            };
        }

        yield return Dotnet(subject, report, runtimes);
        foreach (SystemLibrary library in SystemLibrary.Missing(report))
        {
            yield return new Finding(subject, library.IsNeeded ? FindingLevel.Bad : FindingLevel.Warning, $"it has no {library.Name}, {library.Use}")
            {
                Remedy = library.Remedy,
            };
        }

        if (report.Facts.ContainsKey("logout"))
        {
            yield return new Finding(subject, FindingLevel.Warning, "it ends the processes of a user who logs out (KillUserProcesses), which may end the host")
            {
                Remedy = "Run 'loginctl enable-linger' for that user there, as an administrator if it is refused: the host is then started as a unit that stays.",
            };
        }

        yield return report.Facts.ContainsKey("writable") ? Space(subject, report, directory) : new Finding(subject, FindingLevel.Bad, $"{directory} cannot be written")
        {
            Remedy = "Make it writable, or choose another folder (Runhouse:Ssh:Directory).",
        };
        if (long.TryParse(report.Facts.GetValueOrDefault("now"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && (DateTimeOffset.FromUnixTimeSeconds(seconds) - now).Duration() is { } difference && difference > ClockDifference)
        {
            yield return new Finding(subject, FindingLevel.Warning, $"its clock is {difference.TotalSeconds:0} s off this machine's")
            {
                Remedy = "Set the clock of one of them (timedatectl set-ntp true), so that times in logs and status mean the same.",
            };
        }

        yield return report.Host is not { } host
            ? new Finding(subject, FindingLevel.Good, "no host runs; the first call starts one")
            : HostVersion.DifferenceOf(host) is not { } other
                ? new Finding(subject, FindingLevel.Good, $"a host of version {host.Version} runs (process {host.Pid})")
                : new Finding(subject, FindingLevel.Warning, $"the host that runs (process {host.Pid}) {other}")
                {
                    Remedy = "The next call replaces it if it holds nothing; else end its work first.",
                };
    }

    private static Finding Dotnet(string subject, HostReport report, HostRuntimes runtimes)
    {
        if (report.HasDotnet)
            return new Finding(subject, FindingLevel.Good, $"it has .NET ({report.Facts["dotnet"]})");
        if (runtimes.Known().TryGetValue(report.Rid, out HostBundle? runtime))
            return new Finding(subject, FindingLevel.Good, $"it has no .NET; the first call sends it from this machine ({runtime.Id})");
        return ComposedRuntimes.WhyNot(report.Rid) is { } reason
            ? new Finding(subject, FindingLevel.Bad, HostRuntimes.NotHere(subject, report.Rid, reason).Message)
            : new Finding(subject, FindingLevel.Good, $"it has no .NET; the first call fetches that for {report.Rid} from the sources of NuGet's configuration, and sends it");
    }

    private static Finding Space(string subject, HostReport report, string directory) => report.FreeBytes is { } free && free < LittleSpace
        ? new Finding(subject, FindingLevel.Warning, $"{directory} has {free >> 20} MiB left") { Remedy = "Free some space, or choose another folder (Runhouse:Ssh:Directory)." }
        : new Finding(subject, FindingLevel.Good, $"{directory} can be written");
}
