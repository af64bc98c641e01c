using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Allocations;

/// <summary>
/// What places machines by a queue and rules of its own, such as Slurm or Kubernetes: what a provider's package implements. It is the record of what there is: an allocation is
/// found by its name, by whichever process looks. Thread-safe.
/// </summary>
public interface IScheduler : IAsyncDisposable
{
    /// <summary>The provider's name: <c>slurm</c>.</summary>
    string Name { get; }

    /// <summary>Whether the folders of hosts outlive allocations, as nodes that have the user's home do.</summary>
    bool KeepsFolders => false;

    /// <summary>Why the scheduler cannot be used from here, as a sentence with what to do; null when it can. It is not asked anything.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken);

    /// <summary>Where allocations are made and looked for with the configuration and the credentials of here.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    ValueTask<AllocationSite> GetSiteAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Asks for nodes. What is asked for under the name of an allocation that there is gives that one, and of one that has ended takes its place. On each node
    /// <see cref="AllocationRequest.Agent"/> runs; where it ends the node does.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting; the scheduler may have it all the same.</param>
    /// <returns>The allocation, which need not have its nodes yet.</returns>
    /// <exception cref="DeploymentException">The scheduler refuses the request for what no waiting mends.</exception>
    /// <exception cref="CapacityException">It has nothing that satisfies the request, whoever waits.</exception>
    /// <exception cref="QuotaException">The user may not have as much.</exception>
    /// <exception cref="CredentialsException">It refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    Task<Allocation> SubmitAsync(AllocationRequest request, CancellationToken cancellationToken);

    /// <summary>Finds an allocation.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The allocation, also one that has ended for as long as the scheduler knows of it; null when there is none.</returns>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    Task<Allocation?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Finds the allocations that were made by Runhouse and have not ended.</summary>
    /// <param name="owner">Whose; null for those of all owners that can be seen.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    Task<IReadOnlyList<Allocation>> FindAllAsync(string? owner, CancellationToken cancellationToken);

    /// <summary>Gives an allocation back, with what was made for it. Ends when the scheduler says that it is gone; one that has ended already is no error.</summary>
    /// <param name="allocation">The allocation.</param>
    /// <param name="cancellationToken">Stops waiting; its end may go on.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer, or does not say that the allocation is gone.</exception>
    Task EndAsync(Allocation allocation, CancellationToken cancellationToken);

    /// <summary>
    /// Gives one node back which waits, of an allocation whose others go on; the next request for it makes it anew. Asked only of schedulers whose nodes have a standing of their own;
    /// where nodes go together it gives back all.
    /// </summary>
    /// <param name="allocation">The allocation.</param>
    /// <param name="host">Which of its nodes, from 0.</param>
    /// <param name="cancellationToken">Stops waiting; its end may go on.</param>
    /// <exception cref="CredentialsException">The scheduler refuses the user, or there are no credentials.</exception>
    /// <exception cref="HostUnreachableException">It does not answer, or does not say that the node is gone.</exception>
    Task EndNodeAsync(Allocation allocation, int host, CancellationToken cancellationToken) => EndAsync(allocation, cancellationToken);

    /// <summary>The way to a node of an allocation that runs; nothing is connected yet. Its commands run within the allocation.</summary>
    /// <param name="allocation">The allocation.</param>
    /// <param name="host">Which of its nodes, from 0.</param>
    Machine Connect(Allocation allocation, int host);

    /// <summary>Checks the scheduler and what the user may do; nothing is made or changed.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken);
}
