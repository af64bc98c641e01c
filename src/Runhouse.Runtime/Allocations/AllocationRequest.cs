namespace Runhouse.Runtime.Allocations;

/// <summary>Nodes that are asked for.</summary>
public sealed record AllocationRequest
{
    /// <summary>The name by which the allocation is found again: lower-case letters, digits and '-', at most 63, a letter first.</summary>
    public required string Name { get; init; }

    /// <summary>Who asks: lower-case letters, digits and '-'. It is written where the scheduler keeps such things, and looked for there.</summary>
    public required string Owner { get; init; }

    /// <summary>The cluster's name. It is written there as well.</summary>
    public required string Cluster { get; init; }

    /// <summary>How many nodes, all at once or none.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Which of the nodes it is asked for, from 0: where that one has ended by itself and others go on, it alone is made anew.</summary>
    public int Host { get; init; }

    /// <summary>What each node must have.</summary>
    public required Resources Needs { get; init; }

    /// <summary>
    /// What runs on each node for as long as it is the cluster's: the text of a script for any POSIX shell, which is given the folder <see cref="AllocationNode.Agent"/> and
    /// <see cref="BootTime"/> in seconds. It can be the first process of a container. With the word <c>together</c> behind these it does not end by itself, but writes a line <c>idle</c>
    /// when its lease is over and <c>busy</c> when that is put off again, for nodes that can only be given back together; SIGTERM ends it then; where a command stands behind that word, it is asked first whether there is time left.
    /// With a number of seconds there, SIGTERM says that the node is taken away after that time: its code is told, and ends before. A file <c>down</c> in the folder says that the cluster's
    /// user wants it so, and nobody has to be told.
    /// </summary>
    public required string Agent { get; init; }

    /// <summary>How long a node lives from its start until a host renews its lease.</summary>
    public required TimeSpan BootTime { get; init; }

    /// <summary>The longest that the allocation may exist, whatever happens, which the scheduler is to see to; null for its own limit.</summary>
    public TimeSpan? Longest { get; init; }
}
