namespace Runhouse.Runtime.Machines;

/// <summary>A library that .NET takes from the machine's system.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Use">What .NET does without it, as the end of a sentence.</param>
/// <param name="Remedy">What to install.</param>
/// <param name="IsNeeded">Whether no host runs without it.</param>
internal sealed record SystemLibrary(string Name, string Use, string Remedy, bool IsNeeded)
{
    private static readonly SystemLibrary[] All =
    [
        new(
            "libssl", "without which .NET does not compute a hash",
            "Install OpenSSL's library there (Debian and Ubuntu: libssl3; Alpine: libssl3; Fedora: openssl-libs).", IsNeeded: true),
        new(
            "libstdc++", "which the .NET runtime is linked with",
            "Install the library of C++ there (Debian and Ubuntu: libstdc++6; Alpine: libstdc++; Fedora: libstdc++).", IsNeeded: true),
        new(
            "libicu", "so that remote code knows the invariant culture only: the names of others are errors, and text is compared by its code points",
            "Install ICU there (Debian and Ubuntu: the package libicu followed by a number, such as libicu72; Alpine: icu-libs and icu-data-full; Fedora: libicu), "
            + "then end the host (runhouse down).", IsNeeded: false),
    ];

    /// <summary>Those that a machine lacks.</summary>
    /// <param name="report">What it says.</param>
    public static IEnumerable<SystemLibrary> Missing(HostReport report)
        => All.Where(library => report.Facts.GetValueOrDefault("lacks", "").Split(' ').Contains(library.Name));

    /// <summary>Those that a machine lacks and no host runs without.</summary>
    /// <param name="report">What it says.</param>
    public static IReadOnlyList<SystemLibrary> Needed(HostReport report) => [.. Missing(report).Where(static library => library.IsNeeded)];
}
