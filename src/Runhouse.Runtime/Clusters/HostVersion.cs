using System.Reflection;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Which hosts this program can talk to, and when a running one may make room for another.</summary>
internal static class HostVersion
{
    private static readonly Version Number = Assembly.GetExecutingAssembly().GetName().Version!;

    /// <summary>This program's own version.</summary>
    public static string Own { get; } = Number.ToString(3);

    /// <summary>Whether this program and a host understand each other.</summary>
    /// <param name="host">What the host says about itself.</param>
    public static bool Fits(HostFile host)
    {
        if (host.Protocol is { } protocol)
            return protocol.Overlaps(ProtocolRange.Own);
        return Version.TryParse(host.Version.Split('-', '+')[0], out Version? theirs) && (theirs.Major, theirs.Minor) == (Number.Major, Number.Minor);
    }

    /// <summary>Checks that nothing is lost when a host ends.</summary>
    /// <param name="host">The host, of another version.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">It holds named objects, or somebody uses it.</exception>
    public static async Task EnsureHoldsNothingAsync(HostClient host, CancellationToken cancellationToken)
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
                $"{host.Address} has version {status.Version}, with which this program ({Own}) cannot talk, and replacing it would end {string.Join(" and ", held)}. "
                + "End them and call again, or use a cluster of another name.");
        }
    }
}
