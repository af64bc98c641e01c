namespace Runhouse;

/// <summary>How calls reach a worker.</summary>
public enum RunhouseTransport
{
    /// <summary>Straight to the worker when it runs on this machine or SSH leads to its socket, through the host's port otherwise.</summary>
    Auto,

    /// <summary>Straight to the worker; an error when it cannot be reached so.</summary>
    Direct,

    /// <summary>Through the host's port, always.</summary>
    Relay,
}
