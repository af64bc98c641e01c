namespace Runhouse.Protocol.Control;

/// <summary>The header in which a program says who it is, so that whoever looks at a host's calls sees whose they are.</summary>
public static class CallerHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "Runhouse-Caller";

    /// <summary>This process: user, machine, program and process id, without what a header cannot hold.</summary>
    public static string OfThisProcess { get; } = Clean(
        $"{Environment.UserName}@{Environment.MachineName} {Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0])} {Environment.ProcessId}");

    private static string Clean(string name) => string.Concat(name.Select(static one => one is >= ' ' and <= '~' ? one : '?'));
}
