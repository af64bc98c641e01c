namespace Runhouse.Runtime.Leases;

/// <summary>How far a lease has come, as it is written before each step that a cloud may carry out without us.</summary>
internal enum LeaseState
{
    /// <summary>The machines were asked for, and perhaps there are some.</summary>
    Asked,

    /// <summary>The machines are the cluster's.</summary>
    Held,

    /// <summary>The machines are being stopped, and perhaps some still run.</summary>
    Stopping,

    /// <summary>The machines have stopped; their disks are the cluster's.</summary>
    Stopped,

    /// <summary>The stopped machines are being started again, and perhaps some run.</summary>
    Starting,

    /// <summary>The machines are given back, and perhaps some are left.</summary>
    Ending,
}
