using Runhouse.Protocol.Control;

namespace Runhouse;

/// <summary>The calls on a host of a cluster.</summary>
/// <param name="Name">The host as the cluster's declaration names it.</param>
/// <param name="State">Whether it is up.</param>
public sealed record ClusterHostCalls(string Name, ClusterHostState State)
{
    /// <summary>Those in flight, oldest first; empty unless it is up.</summary>
    public IReadOnlyList<CallStatus> Calls { get; init; } = [];

    /// <summary>How many more are in flight: a worker lists its oldest ones.</summary>
    public int Unlisted { get; init; }

    /// <summary>The workers that did not answer in time: what runs in them is not known.</summary>
    public IReadOnlyList<string> SilentWorkers { get; init; } = [];

    /// <summary>Why the calls cannot be told; null unless its state is <see cref="ClusterHostState.Unknown"/>.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether they cannot be told because a login, a token or the machine's host key was refused.</summary>
    public bool IsRefused { get; init; }
}
