namespace Runhouse.Runtime.Leases;

/// <summary>The tags by which leased machines are found. Clouds allow lower-case letters, digits, '-' and '_' everywhere.</summary>
public static class MachineTags
{
    /// <summary>Who leases the machine: the id of a user's <c>~/.runhouse</c>.</summary>
    public const string Owner = "runhouse-owner";

    /// <summary>The cluster's name.</summary>
    public const string Cluster = "runhouse-cluster";

    /// <summary>The lease's id.</summary>
    public const string Lease = "runhouse-lease";
}
