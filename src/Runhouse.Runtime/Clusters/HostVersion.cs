using System.Reflection;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Which hosts this program can use, and when a running one may make room for another.</summary>
internal static class HostVersion
{
    /// <summary>This program's own version.</summary>
    public static string Own { get; } = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    /// <summary>Whether this program and a host understand each other, and the host's workers have what this program's generated code calls.</summary>
    /// <param name="host">What the host says about itself.</param>
    public static bool Fits(HostFile host) => DifferenceOf(host) is null;

    /// <summary>What keeps this program from using a host, as the end of a sentence about it; null when it fits.</summary>
    /// <param name="host">What the host says about itself.</param>
    public static string? DifferenceOf(HostFile host)
    {
        if (host.Protocol is not { } protocol)
            return $"has version {host.Version}, from before hosts said which protocol they speak, and this program has {Own}";
        if (!protocol.Overlaps(ProtocolRange.Own))
            return $"has version {host.Version} and speaks version {protocol} of the protocol, and this program ({Own}) version {ProtocolRange.Own}";
        return host.Abi < GeneratedAbi.Number
            ? $"has version {host.Version}, whose workers run code for ABI {host.Abi} and older, and this program's ({Own}) is for ABI {GeneratedAbi.Number}"
            : null;
    }

    /// <summary>Checks that nothing is lost when a host ends.</summary>
    /// <param name="host">The host, which does not fit.</param>
    /// <param name="file">What it says about itself.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">It holds named objects, or somebody uses it.</exception>
    public static async Task EnsureHoldsNothingAsync(HostClient host, HostFile file, CancellationToken cancellationToken)
    {
        HostStatus status = await host.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        int calls = status.Workers.Sum(static worker => worker.Calls);
        int sessions = status.Workers.Sum(static worker => worker.Sessions);
        string[] held =
        [
            .. status.Objects.Any(static one => !one.KeepsState) ? [$"the named objects {string.Join(", ", status.Objects.Where(static one => !one.KeepsState).Take(5).Select(static one => $"'{one.Name}'"))}"] : Array.Empty<string>(),
            .. calls > 0 ? [$"{calls} calls in flight"] : Array.Empty<string>(),
            .. sessions > 0 ? [$"{sessions} connected callers"] : Array.Empty<string>(),
        ];
        if (held.Length > 0)
        {
            throw new DeploymentException(
                $"{host.Address} {DifferenceOf(file)}. Replacing it would end {string.Join(" and ", held)}: end them and call again, or use a cluster of another name.");
        }
    }
}
