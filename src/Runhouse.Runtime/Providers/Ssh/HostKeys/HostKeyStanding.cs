namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>What is known of a key that a host shows.</summary>
internal enum HostKeyStanding
{
    /// <summary>Nothing is known of the host.</summary>
    Unknown,

    /// <summary>The key is the host's.</summary>
    Known,

    /// <summary>The host has another key, as far as is known.</summary>
    Changed,

    /// <summary>The key's owner gave it up: whoever shows it may be anybody.</summary>
    Revoked,
}
