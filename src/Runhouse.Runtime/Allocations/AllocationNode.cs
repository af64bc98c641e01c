namespace Runhouse.Runtime.Allocations;

/// <summary>A node of an allocation.</summary>
/// <param name="Name">Its name, as the scheduler has it.</param>
/// <param name="Agent">The folder there that the agent has been given, which is the node's own and not on a file server.</param>
public sealed record AllocationNode(string Name, string Agent)
{
    /// <summary>Its address in the network, as the machines there reach it; null for its name.</summary>
    public string? Address { get; init; }

    /// <summary>Runhouse's folder on the node, with the hosts' programs and state; <c>~</c> is the user's home there.</summary>
    public string Directory { get; init; } = "~/.runhouse";

    /// <summary>The node's memory that the allocation may use, in GiB; null for all that its system shows. Code that asks for more does not fit there.</summary>
    public double? Memory { get; init; }
}
