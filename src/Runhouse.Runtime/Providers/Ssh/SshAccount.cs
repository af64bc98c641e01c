namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>The account of this machine that logs in elsewhere: where its SSH files are and what they may refer to.</summary>
/// <param name="Home">Its folder, <c>~</c>.</param>
/// <param name="Name">Its name.</param>
internal sealed record SshAccount(string Home, string Name)
{
    /// <summary>This machine's name.</summary>
    public string MachineName { get; init; } = Environment.MachineName;

    /// <summary>Looks up an environment variable; null when it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>The configuration that all accounts of this machine share.</summary>
    public string SystemConfigFile { get; init; } = OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "ssh", "ssh_config")
        : "/etc/ssh/ssh_config";

    /// <summary>The account of this process.</summary>
    public static SshAccount Current => new(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Environment.UserName);

    /// <summary>The folder of the account's SSH files, <c>~/.ssh</c>.</summary>
    public string Folder => Path.Combine(Home, ".ssh");

    /// <summary>The account's own configuration.</summary>
    public string ConfigFile => Path.Combine(Folder, "config");

    /// <summary>A path with a leading <c>~</c> replaced.</summary>
    /// <param name="path">The path.</param>
    public string Expand(string path)
        => path == "~" ? Home : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Home, path[2..]) : path;

    /// <summary>A path as people write it, with <c>~</c> for the account's folder.</summary>
    /// <param name="path">The path.</param>
    public string Shorten(string path)
        => path.StartsWith(Home + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? "~" + path[Home.Length..] : path;
}
