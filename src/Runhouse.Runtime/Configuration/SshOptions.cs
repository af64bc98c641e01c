namespace Runhouse;

/// <summary>
/// The provider <c>ssh</c>: section <c>Runhouse:Ssh</c>. What is not said here is taken as <c>ssh</c> takes it: from <c>~/.ssh/config</c>, the agent, the usual
/// key files and <c>known_hosts</c>.
/// </summary>
public sealed class SshOptions
{
    /// <summary>Runhouse's folder on the machines; <c>~</c> is the user's home there.</summary>
    public string Directory { get; set; } = "~/.runhouse";

    /// <summary>How long a host on such a machine lives without a worker in use, where the cluster says nothing else.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The port that hosts open on such machines, for calls by TLS straight to them, where the cluster says nothing else; 0 for any that is free, null for none:
    /// SSH carries the calls.
    /// </summary>
    public int? OpenPort { get; set; }

    /// <summary>The file to read in place of <c>~/.ssh/config</c>; <c>none</c> for none.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>The key files to log in with, in place of those of the configuration and of the usual ones.</summary>
    public IReadOnlyList<string> KeyFiles { get; set; } = [];

    /// <summary>The passphrase of the key files; null for the variable <c>RUNHOUSE_SSH_PASSPHRASE</c>.</summary>
    public string? Passphrase { get; set; }

    /// <summary>The password to log in with when no key does; null for the variable <c>RUNHOUSE_SSH_PASSWORD</c>.</summary>
    public string? Password { get; set; }

    /// <summary>The fingerprint that the machines' host key must have, <c>SHA256:...</c>, whatever <c>known_hosts</c> says; null for what that says.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Says of a machine whether its .NET is made of packages, even where that of this machine would run there; null for none. For tests.</summary>
    internal Func<string, bool>? TakesPackages { get; set; }
}
