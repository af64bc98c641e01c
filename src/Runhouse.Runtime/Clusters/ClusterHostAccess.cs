using Runhouse.Protocol.Control;

namespace Runhouse;

/// <summary>Where a host of a cluster answers, and how old what opens it is. The token itself is not among it.</summary>
/// <param name="Name">The host as the cluster's declaration names it.</param>
/// <param name="State">Whether it is up.</param>
public sealed record ClusterHostAccess(string Name, ClusterHostState State)
{
    /// <summary>Where it answers: its open port, or the one on its machine's loopback address that SSH leads to; null unless it is up.</summary>
    public Uri? Address { get; init; }

    /// <summary>Its token and its certificate; null unless it is up.</summary>
    public CredentialsStatus? Credentials { get; init; }

    /// <summary>Why it cannot be told; null unless its state is <see cref="ClusterHostState.Unknown"/>.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether it cannot be told because a login, a token or the machine's host key was refused.</summary>
    public bool IsRefused { get; init; }
}
