namespace Runhouse;

/// <summary>The provider <c>ssh</c>: section <c>Runhouse:Ssh</c>. What is not said here, <c>~/.ssh/config</c> says.</summary>
public sealed class SshOptions
{
    /// <summary>Runhouse's folder on the machines; <c>~</c> is the user's home there.</summary>
    public string Directory { get; set; } = "~/.runhouse";

    /// <summary>How long a host on such a machine lives without a worker in use, where the cluster says nothing else.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);
}
