using System.Globalization;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>What an SSH machine's name means: where it is, as whom to log in and with what.</summary>
/// <param name="Alias">The name as it was written.</param>
/// <param name="HostName">The name or address in the network.</param>
/// <param name="User">The user there.</param>
/// <param name="Port">The port.</param>
internal sealed record SshHost(string Alias, string HostName, string User, int Port)
{
    /// <summary>The usual port of SSH.</summary>
    public const int DefaultPort = 22;

    /// <summary>The key files that the configuration names, in its order; the usual ones are not among them.</summary>
    public EquatableList<string> IdentityFiles { get; init; } = [];

    /// <summary>Whether only the named keys are offered, whatever else the agent holds.</summary>
    public bool IdentitiesOnly { get; init; }

    /// <summary>The agent's socket; null when no agent is to be asked.</summary>
    public string? IdentityAgent { get; init; }

    /// <summary>The machines that lead to this one, the nearest first.</summary>
    public EquatableList<SshTarget> Jumps { get; init; } = [];

    /// <summary>Where the account keeps keys of hosts that it trusts.</summary>
    public EquatableList<string> UserKnownHostsFiles { get; init; } = [];

    /// <summary>Where this machine keeps keys of hosts that all trust.</summary>
    public EquatableList<string> GlobalKnownHostsFiles { get; init; } = [];

    /// <summary>The name under which the host's key is known; null for its name and port in the network.</summary>
    public string? HostKeyAlias { get; init; }

    /// <summary>How long a connection may take; null when the configuration does not say.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>After how much silence the machine is asked whether it still answers; null when the configuration does not say, zero for never.</summary>
    public TimeSpan? ServerAliveInterval { get; init; }

    /// <summary>How many questions may stay without an answer; null when the configuration does not say.</summary>
    public int? ServerAliveCountMax { get; init; }

    /// <summary>What of the configuration could mean this host and was left out of account, in sentences.</summary>
    public EquatableList<string> Notes { get; init; } = [];

    /// <summary>The name under which the host's key stands in <c>known_hosts</c>.</summary>
    public string KnownName => HostKeyAlias
        ?? (Port == DefaultPort ? HostName : string.Create(CultureInfo.InvariantCulture, $"[{HostName}]:{Port}"));

    /// <summary>Where it listens, for messages.</summary>
    public string Place => new SshTarget(HostName, null, Port).ToString();

    /// <inheritdoc/>
    public override string ToString() => new SshTarget(HostName, User, Port == DefaultPort ? null : Port).ToString();
}
