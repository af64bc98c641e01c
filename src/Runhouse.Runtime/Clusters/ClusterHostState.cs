namespace Runhouse;

/// <summary>Whether a host of a cluster is up.</summary>
public enum ClusterHostState
{
    /// <summary>No host runs; the next call starts it.</summary>
    Down,

    /// <summary>Its machine waits in the queue of a scheduler.</summary>
    Queued,

    /// <summary>Its machine has stopped and keeps its disk; the next call starts it.</summary>
    Stopped,

    /// <summary>It answers.</summary>
    Up,

    /// <summary>Its machine cannot be reached, or it does not answer.</summary>
    Unknown,
}
