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

    /// <summary>The name of a platform without version and distribution: what packages and projects write.</summary>
    /// <param name="rid">The runtime identifier, <c>debian.12-arm64</c> or <c>win10-x64</c>.</param>
    public static string Portable(string rid)
    {
        int dash = rid.LastIndexOf('-');
        string system = dash < 0 ? rid : rid[..dash];
        string name = system switch
        {
            "unix" or "any" => system,
            _ when system.StartsWith("win", StringComparison.Ordinal) => "win",
            _ when system.StartsWith("osx", StringComparison.Ordinal) => "osx",
            _ when system.StartsWith("linux-musl", StringComparison.Ordinal) || system.StartsWith("alpine", StringComparison.Ordinal) => "linux-musl",
            _ => "linux",
        };
        return dash < 0 ? name : name + rid[dash..];
    }

    /// <summary>Whether the files of a platform run on a host.</summary>
    /// <param name="rid">The files' platform.</param>
    /// <param name="host">The host's runtime identifier.</param>
    public static bool Fits(string rid, string host) => Fallbacks(host).Contains(Portable(rid)) || Fallbacks(host).Contains(rid);

    private static string[] Distinct(params IEnumerable<string> rids) => [.. rids.Distinct(StringComparer.Ordinal)];
}
