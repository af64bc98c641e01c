namespace Runhouse.Runtime.Leases;

/// <summary>How far a lease has come, as it is written before each step that a cloud may carry out without us.</summary>
internal enum LeaseState
{
    /// <summary>The machines were asked for, and perhaps there are some.</summary>
    Asked,

    /// <summary>The machines are the cluster's.</summary>
    Held,

    /// <summary>The machines are given back, and perhaps some are left.</summary>
    Ending,
}
