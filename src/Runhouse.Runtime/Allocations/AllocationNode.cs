namespace Runhouse.Runtime.Allocations;

/// <summary>A node of an allocation.</summary>
/// <param name="Name">Its name, as the scheduler has it.</param>
/// <param name="Agent">
/// The folder there that the agent has been given, which is the node's own and not on a file server; empty on a node that was there before and stays, where there is no agent and what a
/// command starts goes on by itself.
/// </param>
public sealed record AllocationNode(string Name, string Agent)
{
    /// <summary>The scheduler's own id of it, another one for each that had the name; empty where nodes come and go with their allocation.</summary>
    public string Id { get; init; } = "";

    /// <summary>How it is by itself; null where it is as its allocation is.</summary>
    public NodeStanding? Standing { get; init; }

    /// <summary>Its address in the network, as the machines there reach it; null for its name.</summary>
    public string? Address { get; init; }

    /// <summary>Runhouse's folder on the node, with the hosts' programs and state; <c>~</c> is the user's home there.</summary>
    public string Directory { get; init; } = "~/.runhouse";

    /// <summary>The node's memory that the allocation may use, in GiB; null for all that its system shows. Code that asks for more does not fit there.</summary>
    public double? Memory { get; init; }
}
