using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;

namespace Runhouse.Runtime.Leases;

/// <summary>The clouds of this process, each made when it is first needed.</summary>
/// <param name="options">The configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class CloudSet(OnDemandOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IMachineCloud>> _clouds = new(StringComparer.Ordinal);

    /// <summary>The cloud of a provider.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="DeploymentException">This program has no such provider.</exception>
    public IMachineCloud Of(string name) => _clouds.GetOrAdd(name, key => new Lazy<IMachineCloud>(() => MachineProviders.Create(key, ContextOf(key, options, time)))).Value;

    /// <summary>What a provider is made with.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">The configuration.</param>
    /// <param name="time">The clock.</param>
    public static CloudContext ContextOf(string name, OnDemandOptions options, TimeProvider time) => new(
        new ConfigurationBuilder().AddInMemoryCollection(options.Providers.TryGetValue(name, out IDictionary<string, string?>? values) ? values : []).Build(), time);

    /// <summary>The clouds that can be used from here.</summary>
    /// <param name="wanted">The providers that would do; empty for all.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="DeploymentException">This program has none of the providers.</exception>
    /// <exception cref="CredentialsException">There are credentials for none of them.</exception>
    public async Task<IReadOnlyList<IMachineCloud>> UsableAsync(IReadOnlyCollection<string> wanted, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = wanted.Count > 0 ? [.. wanted.Select(static name => name.ToLowerInvariant())] : MachineProviders.Names;
        if (names.Count == 0)
            throw new DeploymentException("This program has no provider of machines: refer to the package of one, as with 'dotnet add package Runhouse.Providers.Aws'.");
        var usable = new List<IMachineCloud>();
        var obstacles = new List<string>();
        foreach (string name in names)
        {
            IMachineCloud cloud = Of(name);
            if (await cloud.FindObstacleAsync(cancellationToken).ConfigureAwait(false) is { } obstacle)
                obstacles.Add($"{name}: {string.Join(' ', obstacle.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}");
            else
                usable.Add(cloud);
        }

        return usable.Count > 0 ? usable : throw new CredentialsException($"No machine can be leased from here. {string.Join(' ', obstacles)}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<IMachineCloud> cloud in _clouds.Values.Where(static one => one.IsValueCreated))
            await cloud.Value.DisposeAsync().ConfigureAwait(false);
    }
}
