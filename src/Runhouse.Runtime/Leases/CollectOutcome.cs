namespace Runhouse;

/// <summary>What was done with a leased machine.</summary>
public enum CollectOutcome
{
    /// <summary>It belongs to a cluster, and stays.</summary>
    InUse,

    /// <summary>It has stopped, and stays: its disk is the cluster's, and is paid for until the cluster is taken down or its time is over (<c>Runhouse:OnDemand:StoppedTime</c>).</summary>
    Stopped,

    /// <summary>Its cluster is being brought up or taken down by another program, which knows what to do with it.</summary>
    Busy,

    /// <summary>No cluster knows of it; it was given back. In a dry run, it would be.</summary>
    Ended,

    /// <summary>No cluster knows of it, or that could not be found out, and it could not be given back: <see cref="CollectedMachine.Problem"/> says why.</summary>
    Failed,
}
