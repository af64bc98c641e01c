namespace Runhouse.Runtime.Allocations;

/// <summary>A node that an allocation had, and in whose place it has another one.</summary>
/// <param name="Name">Its name, as the scheduler had it.</param>
/// <param name="Id">The scheduler's own id of it.</param>
/// <param name="Loss">What became of the workers on it.</param>
/// <param name="Reason">Why, in the scheduler's own words.</param>
public sealed record LostNode(string Name, string Id, WorkerLossReason Loss, string Reason);
