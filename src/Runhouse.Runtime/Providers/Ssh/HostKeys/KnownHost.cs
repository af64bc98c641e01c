namespace Runhouse.Runtime.Providers.Ssh.HostKeys;

/// <summary>A line about a host, and where it stands.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Line">The line.</param>
internal sealed record KnownHost(string File, int Number, KnownHostLine Line)
{
    /// <summary>Where it stands, for messages.</summary>
    public string Place => $"{File}:{Number}";
}
