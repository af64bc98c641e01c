using Runhouse.Runtime.Choice;

namespace Runhouse.Runtime.Leases;

/// <summary>A cloud that machines are leased from: what a provider's package implements. Thread-safe.</summary>
public interface IMachineCloud : IAsyncDisposable
{
    /// <summary>The provider's name, as the catalogue has it: <c>aws</c>.</summary>
    string Name { get; }

    /// <summary>Why the cloud cannot be used from here, as a sentence with what to do: there are no credentials. Null when there are; the cloud is not asked whether they are good.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken);

    /// <summary>In which account machines are made and looked for with the credentials of here: an AWS account, a project. Machines of another account cannot be seen, whether they are there or not.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer.</exception>
    Task<string> GetAccountAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Tries to lease the machines of one request in one place. All of them or none: what was made of a part is undone before the answer. They run and have an address when
    /// this ends, so that one which the cloud takes back while it starts is a failure of the class <see cref="ProvisioningFailure.Capacity"/>. Asked again with the same
    /// <see cref="LeaseRequest.Token"/> and the same candidate it makes nothing new, but gives what the first request has made: an answer may have been lost.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="candidate">Which machine, where, bought how.</param>
    /// <param name="cancellationToken">Stops trying; what was made is undone.</param>
    /// <returns>The machines, or why there are none.</returns>
    Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken);

    /// <summary>Finds the machines that carry an owner's tag, in all regions, also those that start and stop, and those that have stopped and are still paid for; not those that are gone.</summary>
    /// <param name="owner">The owner; null for those of all owners.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer.</exception>
    Task<IReadOnlyList<LeasedMachine>> FindAsync(string? owner, CancellationToken cancellationToken);

    /// <summary>Finds the machines of one lease, as <see cref="FindAsync"/> does, in its own region alone.</summary>
    /// <param name="region">The region.</param>
    /// <param name="lease">The lease's id.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer.</exception>
    Task<IReadOnlyList<LeasedMachine>> FindLeaseAsync(string region, string lease, CancellationToken cancellationToken);

    /// <summary>Gives machines back, with what was made for them alone. Ends when the cloud says that they are gone; those that are gone already are no error.</summary>
    /// <param name="machines">The machines.</param>
    /// <param name="cancellationToken">Stops waiting; the machines may go on.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they are gone.</exception>
    Task EndAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken);

    /// <summary>Stops machines that keep their disks. Ends when the cloud says that they have stopped; those that have already, and those that are gone, are no error.</summary>
    /// <param name="machines">The machines; none is a spot machine.</param>
    /// <param name="cancellationToken">Stops waiting; the machines may go on.</param>
    /// <exception cref="CredentialsException">The cloud refuses the credentials, or there are none.</exception>
    /// <exception cref="HostUnreachableException">The cloud does not answer, or does not say that they have stopped.</exception>
    Task StopAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken);

    /// <summary>
    /// Tries to start stopped machines where they are. All of them or none: those that it has started are stopped again before it says why others are not. Those that stop just now
    /// are waited for, and those that run already stay. They run and have an address, mostly another one than before, when this ends.
    /// </summary>
    /// <param name="machines">The machines.</param>
    /// <param name="cancellationToken">Stops trying; what was started is stopped again.</param>
    /// <returns>The machines as they are then, or why they do not run.</returns>
    Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryStartAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken);

    /// <summary>Checks the credentials and what they may do; nothing is made or changed.</summary>
    /// <param name="cancellationToken">Stops checking.</param>
    Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken);
}
