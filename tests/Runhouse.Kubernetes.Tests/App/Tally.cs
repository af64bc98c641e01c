namespace Runhouse.Kubernetes.App;

/// <summary>A count that outlives its pod.</summary>
[Remote]
public sealed class Tally : ISnapshot<int>
{
    private int _total;

    /// <summary>Counts once more.</summary>
    [Remote(Idempotent = true, Retries = 5)]
    public Task<int> AddAsync() => Task.FromResult(++_total);

    /// <inheritdoc/>
    public ValueTask<int> TakeSnapshotAsync(CancellationToken cancellationToken) => new(_total);

    /// <inheritdoc/>
    public ValueTask RestoreAsync(int state, CancellationToken cancellationToken)
    {
        _total = state;
        return default;
    }
}
