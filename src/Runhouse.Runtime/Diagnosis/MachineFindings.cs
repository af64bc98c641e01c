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
    /// <param name="directory">Runhouse's folder there.</param>
    /// <param name="now">The time here when the machine told its own.</param>
    public static IEnumerable<Finding> Read(string subject, HostReport report, string directory, DateTimeOffset now)
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

        yield return Dotnet(subject, report);
        if (!report.Facts.ContainsKey("ssl"))
        {
            yield return new Finding(subject, FindingLevel.Bad, "it has no libssl, without which .NET does not compute a hash")
            {
                Remedy = "Install OpenSSL's library there (Debian and Ubuntu: libssl3; Alpine: libssl3; Fedora: openssl-libs).",
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
            : HostVersion.Fits(host)
                ? new Finding(subject, FindingLevel.Good, $"a host of version {host.Version} runs (process {host.Pid})")
                : new Finding(subject, FindingLevel.Warning, $"a host of version {host.Version} runs (process {host.Pid}), with which this program ({HostVersion.Own}) cannot talk")
                {
                    Remedy = "The next call replaces it if it holds nothing; else end its work first.",
                };
    }

    private static Finding Dotnet(string subject, HostReport report)
    {
        if (report.HasDotnet)
            return new Finding(subject, FindingLevel.Good, $"it has .NET ({report.Facts["dotnet"]})");
        return report.Rid == DotnetRuntime.OwnRid && DotnetRuntime.TryFind() is not null
            ? new Finding(subject, FindingLevel.Good, "it has no .NET; the first call sends that of this machine")
            : new Finding(subject, FindingLevel.Bad, DotnetRuntime.NotHere(subject, report.Rid).Message);
    }

    private static Finding Space(string subject, HostReport report, string directory) => report.FreeBytes is { } free && free < LittleSpace
        ? new Finding(subject, FindingLevel.Warning, $"{directory} has {free >> 20} MiB left") { Remedy = "Free some space, or choose another folder (Runhouse:Ssh:Directory)." }
        : new Finding(subject, FindingLevel.Good, $"{directory} can be written");
}
