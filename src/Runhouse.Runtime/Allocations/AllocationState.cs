namespace Runhouse.Runtime.Allocations;

/// <summary>How far an allocation has come.</summary>
public enum AllocationState
{
    /// <summary>It waits for its nodes, or these are made ready.</summary>
    Queued,

    /// <summary>It has its nodes, and the agents run there or are about to.</summary>
    Running,

    /// <summary>It is being ended, and may still have its nodes.</summary>
    Ending,

    /// <summary>It has no nodes any more.</summary>
    Ended,
}
