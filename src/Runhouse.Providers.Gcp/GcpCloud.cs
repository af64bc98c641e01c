using Runhouse.Providers.Gcp;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

[assembly: MachineProvider("gcp", typeof(GcpCloud))]

namespace Runhouse.Providers.Gcp;

/// <summary>Machines of Google Cloud's Compute Engine. Credentials are the application default ones: <c>GOOGLE_APPLICATION_CREDENTIALS</c>, those of <c>gcloud</c>, the account of the machine it runs on.</summary>
public sealed partial class GcpCloud : IMachineCloud
{
    private readonly GcpOptions _options;
    private readonly GcpTiming _timing;
    private readonly ComputeEngine _compute;
    private readonly LaunchNames _names = new();

    internal GcpCloud(GcpOptions options, GcpTiming timing, TimeProvider time) => (_options, _timing, _compute) = (options, timing, new ComputeEngine(options, timing, time));

    /// <inheritdoc/>
    public string Name => "gcp";

    /// <summary>Makes the provider.</summary>
    /// <param name="context">Its configuration, the section <c>Runhouse:Gcp</c>, and the clock.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static GcpCloud Create(CloudContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new GcpCloud(GcpOptions.Read(context.Configuration), new GcpTiming(), context.Time);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => await _compute.Account.FindObstacleAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<string> GetAccountAsync(CancellationToken cancellationToken)
        => AskAsync("The project of gcp is not known", () => _compute.Account.GetProjectAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(candidate);
        var launch = new Launch(_compute, _options, _timing, _names);
        if (candidate.Offer.Zone is not null)
            return await launch.TryAsync(request, candidate, cancellationToken).ConfigureAwait(false);

        // Any zone of the region will do: there is no capacity where none of them has any.
        MakeOutcome<IReadOnlyList<LeasedMachine>> outcome = new(new MakeFailure(ProvisioningFailure.Unsupported, "NoZone", $"the project may use no zone of {candidate.Offer.Region}"));
        try
        {
            foreach (string zone in await ZonesAsync(request, candidate, cancellationToken).ConfigureAwait(false))
            {
                outcome = await launch.TryAsync(request, candidate with { Offer = candidate.Offer with { Zone = zone } }, cancellationToken).ConfigureAwait(false);
                if (outcome.Failure?.Failure != ProvisioningFailure.Capacity)
                    break;
            }

            return outcome;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, cancellationToken))
        {
            return new MakeOutcome<IReadOnlyList<LeasedMachine>>(ComputeFault.ToFailure(exception));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LeasedMachine>> FindAsync(string? owner, CancellationToken cancellationToken)
        => ListAsync("The machines of gcp cannot be listed", () => _compute.Instances.OfOwnerAsync(owner, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<LeasedMachine>> FindLeaseAsync(string region, string lease, CancellationToken cancellationToken)
        => ListAsync($"The machines of gcp in {region} cannot be listed", () => _compute.Instances.OfLeaseAsync(region, lease, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task EndAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);
        await Task.WhenAll(machines.Select(machine => DoAsync(
            $"The machine {machine.Id} of gcp in {machine.Zone} is not known to be gone",
            () => _compute.Termination.EndAsync(machine.Zone, machine.Id, cancellationToken),
            cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StopAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);
        await Task.WhenAll(machines.Select(machine => DoAsync(
            $"The machine {machine.Id} of gcp in {machine.Zone} is not known to have stopped",
            () => _compute.Power.StopAsync(machine.Zone, machine.Id, cancellationToken),
            cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryStartAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);
        return _compute.Power.TryStartAsync(machines, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => new GcpCheck(_compute, _options).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _compute.Dispose();
        return ValueTask.CompletedTask;
    }

    // First where the same request has made machines before: its answer may have been lost.
    private async Task<IReadOnlyList<string>> ZonesAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        string region = candidate.Offer.Region;
        IReadOnlyList<Instance> made = await _compute.Instances.OfLeaseAsync(region, request.Lease, cancellationToken).ConfigureAwait(false);
        HashSet<string> names = [.. Enumerable.Range(0, request.Count).Select(index => LaunchNames.Of(request, candidate, index))];
        HashSet<string> before = [.. made.Where(one => names.Contains(one.Name!)).Select(one => _compute.Instances.ToMachine(one).Zone)];
        return [.. (await _compute.Zones.OfAsync(region, cancellationToken).ConfigureAwait(false)).OrderBy(zone => !before.Contains(zone))];
    }

    private async Task<IReadOnlyList<LeasedMachine>> ListAsync(string what, Func<Task<IReadOnlyList<Instance>>> list, CancellationToken cancellationToken)
    {
        IReadOnlyList<Instance> found = await AskAsync(what, list, cancellationToken).ConfigureAwait(false);
        return [.. found.Select(_compute.Instances.ToMachine).OrderBy(static machine => machine.Lease, StringComparer.Ordinal).ThenBy(static machine => machine.Index)];
    }

    private static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, cancellationToken))
        {
            throw ComputeFault.ToException(ComputeFault.ToFailure(exception), what, exception);
        }
    }

    private static async Task DoAsync(string what, Func<Task> act, CancellationToken cancellationToken) => await AskAsync(
        what,
        async () =>
        {
            await act().ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);
}
