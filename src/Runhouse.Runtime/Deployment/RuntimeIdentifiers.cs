namespace Runhouse.Runtime.Deployment;

/// <summary>Which platform-specific files fit a host: the order in which the .NET host itself looks for them.</summary>
internal static class RuntimeIdentifiers
{
    /// <summary>The identifiers whose files run on a host, best first.</summary>
    /// <param name="rid">The host's runtime identifier, <c>linux-x64</c> or <c>debian.12-x64</c>.</param>
    public static IReadOnlyList<string> Fallbacks(string rid)
    {
        int dash = rid.LastIndexOf('-');
        string architecture = dash < 0 ? "" : rid[(dash + 1)..];
        string system = dash < 0 ? rid : rid[..dash];
        if (system.StartsWith("win", StringComparison.Ordinal))
            return Distinct(rid, "win-" + architecture, "win", "any");
        if (system.StartsWith("osx", StringComparison.Ordinal))
            return Distinct(rid, "osx-" + architecture, "osx", "unix-" + architecture, "unix", "any");

        // Alpine names itself linux-musl; files built against glibc do not load there, but those of a fully static build do.
        if (system.StartsWith("linux-musl", StringComparison.Ordinal) || system.StartsWith("alpine", StringComparison.Ordinal))
        {
            return Distinct(
                rid, "linux-musl-" + architecture, "linux-musl", "linux-" + architecture, "linux", "unix-" + architecture, "unix", "any");
        }

        // Any other name is a Linux distribution's own.
        return Distinct(rid, "linux-" + architecture, "linux", "unix-" + architecture, "unix", "any");
    }

    private static string[] Distinct(params IEnumerable<string> rids) => [.. rids.Distinct(StringComparer.Ordinal)];
}
