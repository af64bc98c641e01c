using System.Globalization;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Leases;

/// <summary>Has the machines of one lease made: what is asked for is written down before each request, so that whoever comes after a crash knows what may be there.</summary>
/// <param name="lease">The lease, with what all its requests have in common.</param>
/// <param name="request">The request for a lease as it is written down.</param>
/// <param name="cloud">The cloud of a provider.</param>
/// <param name="volumes">Gives the lease's machine its volumes.</param>
/// <param name="store">Where it is written down.</param>
/// <param name="progress">Is told what is tried.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseMaker(
    Lease lease, Func<Lease, LeaseRequest> request, Func<string, IMachineCloud> cloud, LeaseVolumes volumes, LeaseStore store, IProgress<ProvisioningProgress>? progress, TimeProvider time) : IMachineMaker<Lease>
{
    private readonly Dictionary<string, string?> _accounts = new(StringComparer.Ordinal);
    private int _requests;
    private Candidate? _last;

    /// <inheritdoc/>
    public async Task<MakeOutcome<Lease>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        // The same again, after a pause, is the same request: an answer may have been lost.
        if (candidate != _last)
            _requests++;
        _last = candidate;
        progress?.Report(new ProvisioningProgress(candidate.ToString(), ProvisioningStage.Leasing));
        Lease asked = lease with
        {
            State = LeaseState.Asked,
            Token = string.Create(CultureInfo.InvariantCulture, $"{lease.Id}-{_requests}"),
            Offer = candidate.Offer,
            IsSpot = candidate.IsSpot,

            // A spot machine is bought once.
            KeepsDisk = lease.KeepsDisk && !candidate.IsSpot,
            Account = await AccountAsync(candidate.Offer.Provider, cancellationToken).ConfigureAwait(false),
            AskedAt = time.GetUtcNow(),
        };
        store.Save(asked);
        return await AskAsync(asked, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a request that is written down, for the first time or again.</summary>
    /// <param name="asked">The lease.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    public async Task<MakeOutcome<Lease>> AskAsync(Lease asked, CancellationToken cancellationToken)
    {
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = await cloud(asked.Offer.Provider).TryMakeAsync(request(asked), asked.Candidate, cancellationToken).ConfigureAwait(false);
        if (outcome.Failure is { } failure)
            return new MakeOutcome<Lease>(failure);
        Lease held = asked with { State = LeaseState.Held, Machines = [.. outcome.Machines!.OrderBy(static one => one.Index)], MadeAt = time.GetUtcNow() };
        try
        {
            held = held with { Devices = await volumes.AttachAsync(held, held.Machines[0], cancellationToken).ConfigureAwait(false) };
        }
        catch (Exception e)
        {
            // Without them it is of no use. The volumes stay.
            await GiveBackAsync(held, e).ConfigureAwait(false);
            throw;
        }

        store.Save(held);
        return new MakeOutcome<Lease>(held);
    }

    // Where that fails the request stays on record, and whoever comes next goes on with it; what there is to mend is the first error's.
    private async Task GiveBackAsync(Lease held, Exception cause)
    {
        try
        {
            await cloud(held.Offer.Provider).EndAsync(held.Machines, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CredentialsException or HostUnreachableException && cause is RemoteException)
        {
            string message = $"{cause.Message} Its machine was not given back either, and stays until the cluster is brought up again or taken down (runhouse down {held.Cluster}): {e.Message}";
            throw e is CredentialsException ? new CredentialsException(message, cause) : new HostUnreachableException(message, cause);
        }
    }

    // Credentials that are refused are so for the request as well, which says it better. Where the account cannot be asked for, machines can be had all the same.
    private async Task<string?> AccountAsync(string provider, CancellationToken cancellationToken)
    {
        if (_accounts.TryGetValue(provider, out string? known))
            return known;
        try
        {
            return _accounts[provider] = await cloud(provider).GetAccountAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CredentialsException or HostUnreachableException)
        {
            return _accounts[provider] = null;
        }
    }
}
