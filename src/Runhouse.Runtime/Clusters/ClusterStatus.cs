using Runhouse.Protocol.Control;
using Runhouse.Runtime.Allocations;

namespace Runhouse;

/// <summary>A cluster as it is now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Provider">Its provider.</param>
/// <param name="Hosts">Its hosts, in order.</param>
public sealed record ClusterStatus(string Name, string Provider, IReadOnlyList<ClusterHostStatus> Hosts)
{
    /// <summary>What its leased machines cost; null for a cluster that has none that run.</summary>
    public ClusterCost? Cost { get; init; }

    /// <summary>What the disks of its stopped machines cost; null unless they have stopped.</summary>
    public StoppedCost? Stopped { get; init; }

    /// <summary>What a scheduler has given to it, or has in its queue; null for a cluster of which no scheduler has anything, or whose scheduler does not answer.</summary>
    public Allocation? Allocation { get; init; }
}

/// <summary>A host of a cluster as it is now.</summary>
/// <param name="Name">The host as the cluster's declaration names it.</param>
/// <param name="State">Whether it is up.</param>
public sealed record ClusterHostStatus(string Name, ClusterHostState State)
{
    /// <summary>What runs on it; null unless it is up.</summary>
    public HostStatus? Status { get; init; }

    /// <summary>Why it cannot be told; null unless its state is <see cref="ClusterHostState.Unknown"/>.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether it cannot be told because a login, a token or the machine's host key was refused.</summary>
    public bool IsRefused { get; init; }
}
