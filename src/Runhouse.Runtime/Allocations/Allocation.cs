namespace Runhouse.Runtime.Allocations;

/// <summary>What a scheduler has given to a cluster, or has been asked for, as it says itself.</summary>
public sealed record Allocation
{
    /// <summary>The name by which it is found again: it comes from its owner and its cluster.</summary>
    public required string Name { get; init; }

    /// <summary>The scheduler's own id of it, another one for each that had the name: the number of a job.</summary>
    public required string Id { get; init; }

    /// <summary>The provider's name: <c>slurm</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>Who has asked for it.</summary>
    public required string Owner { get; init; }

    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>How far it has come.</summary>
    public required AllocationState State { get; init; }

    /// <summary>Why it is in that state, in the scheduler's own words (<c>PENDING: Resources</c>); empty when it says nothing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The class of what keeps it from its nodes, or has ended it before it had them; null where nothing does, or it is only a matter of time.</summary>
    public ProvisioningFailure? Failure { get; init; }

    /// <summary>What became of the workers on its nodes when it ended, or begins to end; null while it goes on.</summary>
    public WorkerLossReason? Loss { get; init; }

    /// <summary>Whether nodes of it are held and may have work, though it does not run as a whole: it is given back by whoever takes the cluster down, and by nobody who waits.</summary>
    public bool IsHeld { get; init; }

    /// <summary>How many nodes it has, or was asked for.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Its nodes, in an order that stays, also one that has ended by itself while others go on; empty before it has had them all.</summary>
    public IReadOnlyList<AllocationNode> Nodes { get; init; } = [];

    /// <summary>Whether its nodes are given to somebody else, though it may still run.</summary>
    public bool IsPreempted { get; init; }

    /// <summary>The nodes before these, the last of each host, as far as the scheduler knows what became of them: whoever had calls on one is to be told.</summary>
    public IReadOnlyList<LostNode> Lost { get; init; } = [];

    /// <summary>Where it is, as the scheduler divides its machines: a partition, a namespace.</summary>
    public string Place { get; init; } = "";

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When it got its nodes; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The allocation as it is for whoever uses one of its nodes: in that node's state, where it has one of its own.</summary>
    /// <param name="host">Which of its nodes, from 0.</param>
    public Allocation For(int host) => host < Nodes.Count && Nodes[host].Standing is { } standing
        ? this with { State = standing.State, Reason = standing.Reason, Failure = standing.Failure, Loss = standing.Loss }
        : this;

    /// <inheritdoc/>
    public override string ToString() => $"{Provider} {Name} ({Id})";
}
