using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Hosting;

/// <summary>What the host is told on its command line. It reads no other configuration: every source costs start-up time.</summary>
internal sealed record HostSettings
{
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(36500);

    public const string Usage =
        "usage: Runhouse.Host --home DIR [--port 0] [--listen loopback] [--tls off] [--idle-timeout SECONDS] [--name local] [--limits JSON] [--worker DIR] [--deployments-kept 5] [--deployment-age SECONDS] [--deployment-grace SECONDS] [--lease FILE] [--lease-time SECONDS] [--spot-of PROVIDER] [--end-notice FILE] [--machine-memory GIB] [--memory-share GIB]";

    /// <summary>The host's folder: <c>host.json</c>, the lock, files, deployments, sockets and logs.</summary>
    public required string Home { get; init; }

    /// <summary>The port; 0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary>Whether the port is open on all of the machine's addresses, not on the loopback address alone. It speaks TLS then, whatever else is said.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether the port of the loopback address speaks TLS as well.</summary>
    public bool Tls { get; init; }

    /// <summary>Whether the port speaks TLS, with a certificate that <c>host.json</c> names.</summary>
    public bool SpeaksTls => Tls || IsOpen;

    /// <summary>How long a certificate is good; another one takes its place when two thirds of that are gone.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a token is used before another one takes its place.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a token that was replaced is still taken, for requests that are under way.</summary>
    public TimeSpan TokenOverlap { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What its workers accept and send.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;

    /// <summary>How long a worker may give no sign of life; null: for ever.</summary>
    public TimeSpan? LifeTimeout => Limits.HangGraceSeconds == 0 ? null : TimeSpan.FromSeconds(2.0 * Limits.HangGraceSeconds);

    /// <summary>How long the host stays without work; null: until it is told to stop.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>The file whose time is the end of the machine, which the host puts off while it has work; null for a machine that stays.</summary>
    public string? LeaseFile { get; init; }

    /// <summary>For how long the host puts that off, again and again.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The provider of the spot machine that the host runs on, <c>aws</c> or <c>gcp</c>, whose notice is looked for; null for a machine that is not taken back.</summary>
    public string? SpotOf { get; init; }

    /// <summary>The file that comes when the place of the host is taken away, with the time of its end in seconds since 1970; null where there is none.</summary>
    public string? EndNotice { get; init; }

    /// <summary>The memory that the machine is sold with, in GiB; null when that is not known. Its system shows less.</summary>
    public double? MachineMemoryGiB { get; init; }

    /// <summary>How much of the machine's memory the host may give out, in GiB; null for all of it. Others on the machine have the rest.</summary>
    public double? MemoryShareGiB { get; init; }

    /// <summary>The same in bytes.</summary>
    public long? MemoryShareBytes => MemoryShareGiB is { } share ? (long)(share * (1L << 30)) : null;

    /// <summary>Where the machine's metadata is read; null for where clouds have it.</summary>
    public IPEndPoint? MetadataService { get; init; }

    /// <summary>The host's name in messages.</summary>
    public string Name { get; init; } = "local";

    /// <summary>The folder of the worker program.</summary>
    public string WorkerDirectory { get; init; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "worker"));

    /// <summary>How long a worker may take from its start to its first answer.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker without sessions, calls and objects is kept.</summary>
    public TimeSpan WorkerIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a worker may take to end once it has been asked to.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the calls in flight of an object may take that moves to another version; else it stays where it is.</summary>
    public TimeSpan HandOverPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most callers that wait for capacity at once.</summary>
    public int MaxWaiting { get; init; } = 1000;

    /// <summary>How many detached calls of functions run at a time, each with a connection; the others wait in the store.</summary>
    public int MaxDetached { get; init; } = 256;

    /// <summary>The longest that a caller may wait for capacity.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The tool that lists the machine's accelerators, NVIDIA's own.</summary>
    public string AcceleratorTool { get; init; } = "nvidia-smi";

    /// <summary>The largest file that is taken, in bytes, after decompression.</summary>
    public long MaxFileBytes { get; init; } = 8L << 30;

    /// <summary>The largest manifest that is taken, in bytes of JSON.</summary>
    public long MaxManifestBytes { get; init; } = 32L << 20;

    /// <summary>The most files that a deployment may have.</summary>
    public int MaxFiles { get; init; } = 50_000;

    /// <summary>The most bytes that the files of a deployment may have together.</summary>
    public long MaxDeploymentBytes { get; init; } = 64L << 30;

    /// <summary>How many deployments of an application are kept that nobody uses.</summary>
    public int DeploymentsKept { get; init; } = 5;

    /// <summary>How long a deployment is kept that nobody uses.</summary>
    public TimeSpan DeploymentAge { get; init; } = TimeSpan.FromDays(14);

    /// <summary>For how long a deployment counts as used after somebody connected to it, and content as needed after somebody sent it or was told that it is there.</summary>
    public TimeSpan UseGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often what nobody needs is looked for, and at least as often as <see cref="UseGrace"/> is long.</summary>
    public TimeSpan CleanupPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The home of the host's user, to which the paths of files are relative.</summary>
    public string UserHome { get; init; } = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : "/";

    /// <summary>The largest file of a folder, and the largest value, that is taken, in bytes, after decompression.</summary>
    public long MaxTransferBytes { get; init; } = 1L << 40;

    /// <summary>The most files and folders that are copied at once.</summary>
    public int MaxFolderEntries { get; init; } = 200_000;

    /// <summary>The largest list of a folder's entries that is taken, in bytes of JSON.</summary>
    public long MaxFolderManifestBytes { get; init; } = 128L << 20;

    public static bool TryParse(
        ReadOnlySpan<string> arguments, [NotNullWhen(true)] out HostSettings? settings, [NotNullWhen(false)] out string? problem)
    {
        settings = null;
        problem = null;
        var parsed = new HostSettings { Home = "" };
        bool isPlain = false;
        for (int index = 0; index < arguments.Length; index += 2)
        {
            string option = arguments[index];
            if (index + 1 == arguments.Length)
            {
                problem = $"{option} lacks its value. {Usage}";
                return false;
            }

            string value = arguments[index + 1];
            switch (option)
            {
                case "--home":
                    parsed = parsed with { Home = Path.GetFullPath(value) };
                    break;
                case "--worker":
                    parsed = parsed with { WorkerDirectory = Path.GetFullPath(value) };
                    break;
                case "--name" when value.Length is > 0 and <= 100:
                    parsed = parsed with { Name = value };
                    break;
                case "--limits" when TryParseLimits(value, out WireLimits? limits):
                    parsed = parsed with { Limits = limits };
                    break;
                case "--tls" when value is "on" or "off":
                    parsed = parsed with { Tls = value == "on" };
                    isPlain = value == "off";
                    break;
                case "--listen" when value is "any" or "loopback":
                    parsed = parsed with { IsOpen = value == "any" };
                    break;
                case "--port" when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port):
                    parsed = parsed with { Port = port };
                    break;
                case "--idle-timeout" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
                    && seconds <= TimeSpan.FromDays(365).TotalSeconds:
                    parsed = parsed with { IdleTimeout = seconds == 0 ? null : TimeSpan.FromSeconds(seconds) };
                    break;
                case "--lease":
                    parsed = parsed with { LeaseFile = Path.GetFullPath(value) };
                    break;
                case "--spot-of" when value is "aws" or "gcp":
                    parsed = parsed with { SpotOf = value };
                    break;
                case "--end-notice":
                    parsed = parsed with { EndNotice = Path.GetFullPath(value) };
                    break;
                case "--machine-memory" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double memory) && memory > 0:
                    parsed = parsed with { MachineMemoryGiB = memory };
                    break;
                case "--memory-share" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share > 0:
                    parsed = parsed with { MemoryShareGiB = share };
                    break;
                case "--lease-time" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double lease)
                    && lease >= ShortestLease.TotalSeconds && lease <= TimeSpan.FromDays(1).TotalSeconds:
                    parsed = parsed with { LeaseTime = TimeSpan.FromSeconds(lease) };
                    break;
                case "--deployments-kept" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int kept):
                    parsed = parsed with { DeploymentsKept = kept };
                    break;
                case "--deployment-age" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double age)
                    && age <= LongestAge.TotalSeconds:
                    parsed = parsed with { DeploymentAge = TimeSpan.FromSeconds(age) };
                    break;
                case "--deployment-grace" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double grace)
                    && grace <= LongestAge.TotalSeconds:
                    parsed = parsed with { UseGrace = TimeSpan.FromSeconds(grace) };
                    break;
                default:
                    problem = $"{option} {value} is not understood. {Usage}";
                    return false;
            }
        }

        if (parsed.Home.Length == 0)
        {
            problem = $"--home is missing: say in which folder the host keeps its state. {Usage}";
            return false;
        }

        if (parsed.IsOpen && isPlain)
        {
            problem = $"--listen any goes with TLS only: on other addresses than the loopback one, others could read along. Leave --tls off out. {Usage}";
            return false;
        }

        settings = parsed;
        return true;
    }

    private static bool TryParseLimits(string json, [NotNullWhen(true)] out WireLimits? limits)
    {
        try
        {
            limits = JsonSerializer.Deserialize(json, ControlJson.Default.WireLimits);
        }
        catch (JsonException)
        {
            limits = null;
        }

        return limits is not null;
    }
}
