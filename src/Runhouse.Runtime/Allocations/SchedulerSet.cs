using System.Collections.Concurrent;
using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Allocations;

/// <summary>The schedulers of this process, each made when it is first needed.</summary>
/// <param name="options">The configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class SchedulerSet(RunhouseOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IScheduler>> _schedulers = new(StringComparer.Ordinal);

    /// <summary>The scheduler of a provider.</summary>
    /// <param name="name">Its name.</param>
    public Lazy<IScheduler> Of(string name)
        => _schedulers.GetOrAdd(name, key => new Lazy<IScheduler>(() => MachineProviders.CreateScheduler(key, CloudSet.ContextOf(key, options.OnDemand, time) with { Options = options })));

    /// <summary>The schedulers that can be used from here.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<IScheduler>> UsableAsync(CancellationToken cancellationToken)
    {
        var usable = new List<IScheduler>();
        foreach (string name in MachineProviders.SchedulerNames)
        {
            IScheduler scheduler = Of(name).Value;
            if (await scheduler.FindObstacleAsync(cancellationToken).ConfigureAwait(false) is null)
                usable.Add(scheduler);
        }

        return usable;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<IScheduler> scheduler in _schedulers.Values.Where(static one => one.IsValueCreated))
            await scheduler.Value.DisposeAsync().ConfigureAwait(false);
    }
}
