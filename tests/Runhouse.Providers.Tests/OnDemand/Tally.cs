namespace Runhouse.Providers.OnDemand;

/// <summary>A count whose state is kept.</summary>
[Remote]
public sealed class Tally : ISnapshot<int>
{
    private int _total;

    /// <summary>Counts once more, and says where.</summary>
    [Remote(Idempotent = true, Retries = 5)]
    public Task<(int Total, string Machine)> AddAsync() => Task.FromResult((++_total, Environment.MachineName));

    /// <inheritdoc/>
    public ValueTask<int> TakeSnapshotAsync(CancellationToken cancellationToken) => new(_total);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(int state, CancellationToken cancellationToken)
    {
        _total = state;
        return default;
    }
}
