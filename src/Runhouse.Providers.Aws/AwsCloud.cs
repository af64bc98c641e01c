using Runhouse.Providers.Aws;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

[assembly: MachineProvider("aws", typeof(AwsCloud))]

namespace Runhouse.Providers.Aws;

/// <summary>Machines of AWS EC2. Credentials are those that AWS' SDK finds: environment variables, profiles of <c>~/.aws</c>, single sign-on, the role of the machine it runs on.</summary>
public sealed partial class AwsCloud : IMachineCloud
{
    private readonly AwsOptions _options;
    private readonly AwsTiming _timing;
    private readonly AwsRegions _regions;
    private readonly AwsAccount _account;
    private readonly TimeProvider _time;
    private readonly LaunchTokens _tokens = new();
    private volatile bool _hasCredentials;

    internal AwsCloud(AwsOptions options, AwsTiming timing, TimeProvider time)
    {
        (_options, _timing, _time, _regions) = (options, timing, time, new AwsRegions(options, timing, time));
        _account = new AwsAccount(options, _regions);
    }

    /// <inheritdoc/>
    public string Name => "aws";

    /// <summary>Makes the provider.</summary>
    /// <param name="context">Its configuration, the section <c>Runhouse:Aws</c>, and the clock.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static AwsCloud Create(CloudContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new AwsCloud(AwsOptions.Read(context.Configuration), new AwsTiming(), context.Time);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        if (_hasCredentials)
            return null;
        string? obstacle = await AwsCredentials.FindObstacleAsync(_options, _time, cancellationToken).ConfigureAwait(false);
        _hasCredentials = obstacle is null;
        return obstacle;
    }

    /// <inheritdoc/>
    public Task<string> GetAccountAsync(CancellationToken cancellationToken)
        => AskAsync("The account of the credentials of aws is not known", () => _account.GetAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryMakeAsync(LeaseRequest request, Candidate candidate, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(candidate);
        if (!_regions.Has(candidate.Offer.Region))
        {
            return new MakeOutcome<IReadOnlyList<LeasedMachine>>(
                new MakeFailure(ProvisioningFailure.Unsupported, "RegionNotUsed", $"{candidate.Offer.Region} is not among Runhouse:Aws:Regions; add it there, or ask for one of them"));
        }

        return await new Launch(_regions.Get(candidate.Offer.Region), _options, _timing, _tokens).TryAsync(request, candidate, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LeasedMachine>> FindAsync(string? owner, CancellationToken cancellationToken)
    {
        IReadOnlyList<AwsRegion> regions = await AskAsync("The regions of aws cannot be listed", () => _regions.ListAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LeasedMachine>[] found = await Task.WhenAll(regions.Select(region => ListAsync(region, () => region.Instances.OfOwnerAsync(owner, cancellationToken), cancellationToken))).ConfigureAwait(false);
        return [.. found.SelectMany(static machines => machines)];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LeasedMachine>> FindLeaseAsync(string region, string lease, CancellationToken cancellationToken)
    {
        AwsRegion one = _regions.Get(region);
        return ListAsync(one, () => one.Instances.OfLeaseAsync(lease, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task EndAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);
        await Task.WhenAll(machines.GroupBy(static machine => machine.Region).Select(group => DoAsync(
            $"The machines {string.Join(", ", group.Select(static machine => machine.Id))} of aws in {group.Key} are not known to be gone",
            () => _regions.Get(group.Key).Termination.EndAsync(group.Select(static machine => machine.Id), areNew: false, cancellationToken),
            cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StopAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);
        await Task.WhenAll(machines.GroupBy(static machine => machine.Region).Select(group => DoAsync(
            $"The machines {string.Join(", ", group.Select(static machine => machine.Id))} of aws in {group.Key} are not known to have stopped",
            () => _regions.Get(group.Key).Power.StopAsync([.. group.Select(static machine => machine.Id)], cancellationToken),
            cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<MakeOutcome<IReadOnlyList<LeasedMachine>>> TryStartAsync(IReadOnlyList<LeasedMachine> machines, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(machines);

        // Those of a lease are in one place.
        return _regions.Get(machines[0].Region).Power.TryStartAsync([.. machines.Select(static machine => machine.Id)], cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => new AwsCheck(_regions, _options).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _account.Dispose();
        _regions.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyList<LeasedMachine>> ListAsync(AwsRegion region, Func<Task<IReadOnlyList<Amazon.EC2.Model.Instance>>> list, CancellationToken cancellationToken)
    {
        IReadOnlyList<Amazon.EC2.Model.Instance> found = await AskAsync($"The machines of aws in {region.Name} cannot be listed", list, cancellationToken).ConfigureAwait(false);
        return [.. found.Select(one => region.Instances.ToMachine(one, _options.UsePrivateAddress)).OrderBy(static machine => machine.Lease, StringComparer.Ordinal).ThenBy(static machine => machine.Index)];
    }

    private static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception) when (AwsFault.IsOfRequest(exception, cancellationToken))
        {
            throw AwsFault.ToException(AwsFault.ToFailure(exception), what, exception);
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
