namespace Runhouse.Runtime.Choice;

/// <summary>
/// Has machines made: of the candidates in order, the first that is to be had. A failure blocks what its class says, and the next candidate that is not blocked is tried;
/// a provider that wants fewer requests is asked again after a pause. One use of it is one search for machines.
/// </summary>
/// <typeparam name="TMachines">What the providers make.</typeparam>
public sealed class Failover<TMachines>
{
    private readonly Func<string, IMachineMaker<TMachines>> _makers;
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly Blocklist _blocked = new();
    private readonly List<ProvisioningAttempt> _attempts = [];

    /// <summary>Makes a search.</summary>
    /// <param name="makers">Gives the maker of a provider by its name.</param>
    /// <param name="time">The clock.</param>
    public Failover(Func<string, IMachineMaker<TMachines>> makers, TimeProvider time)
        : this(makers, time, Random.Shared)
    {
    }

    /// <summary>Makes a search whose pauses can be foretold: with the same clock, answers and random numbers it goes the same way.</summary>
    /// <param name="makers">Gives the maker of a provider by its name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the pauses.</param>
    public Failover(Func<string, IMachineMaker<TMachines>> makers, TimeProvider time, Random random)
        : this(makers, time, new FailoverOptions(), random.NextDouble)
    {
    }

    internal Failover(Func<string, IMachineMaker<TMachines>> makers, TimeProvider time, FailoverOptions options, Func<double> random)
        => (_makers, _time, _backoff) = (makers, time, new Backoff(options, time, random));

    /// <summary>The attempts that have failed, in order.</summary>
    public IReadOnlyList<ProvisioningAttempt> Attempts => _attempts;

    /// <summary>Has machines made by the first candidate that is to be had.</summary>
    /// <param name="candidates">The candidates, in order.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <exception cref="CapacityException">None is to be had, or none satisfies the request at all.</exception>
    /// <exception cref="QuotaException">Every one that was tried was refused for a quota.</exception>
    /// <exception cref="CredentialsException">A provider refused the credentials.</exception>
    /// <exception cref="DeploymentException">A provider says that the request itself is wrong.</exception>
    public async Task<Made<TMachines>> MakeAsync(Candidates candidates, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        foreach (Candidate candidate in candidates.Required())
        {
            if (_blocked.Covers(candidate))
                continue;
            MakeOutcome<TMachines> outcome = await TryAsync(candidate, cancellationToken).ConfigureAwait(false);
            if (outcome.Failure is not { } failure)
                return new Made<TMachines>(outcome.Machines!, candidate, [.. _attempts]);
            _blocked.Add(candidate, failure.Failure);
        }

        throw FailureReport.NothingLeft(candidates.Needs, _attempts);
    }

    /// <summary>Has a machine started that exists and was stopped. Its disk is where it is, and so is it: nothing else is tried in its place.</summary>
    /// <param name="existing">The machine.</param>
    /// <param name="cluster">The cluster whose machine it is, for the message.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <exception cref="CapacityException">The provider cannot start it now.</exception>
    /// <exception cref="QuotaException">The account's quota does not allow it.</exception>
    /// <exception cref="CredentialsException">The provider refused the credentials.</exception>
    /// <exception cref="DeploymentException">The provider says that the request itself is wrong.</exception>
    public async Task<Made<TMachines>> StartAsync(Candidate existing, string cluster, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(existing);
        MakeOutcome<TMachines> outcome = await TryAsync(existing, cancellationToken).ConfigureAwait(false);
        return outcome.Failure is null
            ? new Made<TMachines>(outcome.Machines!, existing, [.. _attempts])
            : throw FailureReport.NotStarted(existing, cluster, _attempts);
    }

    // Until there is another answer than "later"; throws where nothing else is to be tried.
    private async Task<MakeOutcome<TMachines>> TryAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        IMachineMaker<TMachines> maker = _makers(candidate.Offer.Provider);
        while (true)
        {
            DateTimeOffset startedAt = _time.GetUtcNow();
            long started = _time.GetTimestamp();
            MakeOutcome<TMachines> outcome = await maker.TryMakeAsync(candidate, cancellationToken).ConfigureAwait(false);
            if (outcome.Failure is not { } failure)
                return outcome;
            _attempts.Add(FailureReport.Attempt(candidate, failure, startedAt, _time.GetElapsedTime(started)));
            switch (failure.Failure)
            {
                case ProvisioningFailure.Authentication:
                case ProvisioningFailure.Configuration:
                    throw FailureReport.Stopped(_attempts);
                case ProvisioningFailure.Throttled when await _backoff.TryWaitAsync(candidate, failure.RetryAfter, cancellationToken).ConfigureAwait(false):
                    break;
                default:
                    return outcome;
            }
        }
    }
}
