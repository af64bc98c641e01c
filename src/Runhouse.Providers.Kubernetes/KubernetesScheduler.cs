using Runhouse.Providers.Kubernetes;
using Runhouse.Providers.Kubernetes.Pods;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

[assembly: MachineProvider("kubernetes", typeof(KubernetesScheduler))]

namespace Runhouse.Providers.Kubernetes;

/// <summary>Pods of Kubernetes. Where it is and who asks is found as <c>kubectl</c> finds it: <c>KUBECONFIG</c>, <c>~/.kube/config</c>, the account of the pod that this runs in.</summary>
public sealed class KubernetesScheduler : IScheduler
{
    /// <summary>The provider's name.</summary>
    internal const string ProviderName = "kubernetes";

    private readonly KubernetesOptions _options;
    private readonly ApiClient _api;
    private readonly PodAllocations _allocations;

    internal KubernetesScheduler(KubernetesOptions options, KubernetesTiming timing, TimeProvider time)
    {
        _options = options;
        _api = new ApiClient(options);
        _allocations = new PodAllocations(_api, options, timing, time);
    }

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <summary>Makes the provider.</summary>
    /// <param name="context">Its configuration, the section <c>Runhouse:Kubernetes</c>, and the clock.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static KubernetesScheduler Create(CloudContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KubernetesScheduler(KubernetesOptions.Read(context.Configuration), new KubernetesTiming(), context.Time);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _api.NamespaceAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (CredentialsException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AllocationSite> GetSiteAsync(CancellationToken cancellationToken) => await _api.SiteAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<Allocation> SubmitAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _allocations.SubmitAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Allocation?> FindAsync(string name, CancellationToken cancellationToken) => _allocations.FindAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Allocation>> FindAllAsync(string? owner, CancellationToken cancellationToken) => _allocations.FindAllAsync(owner, cancellationToken);

    /// <inheritdoc/>
    public Task EndAsync(Allocation allocation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(allocation);
        return _allocations.EndAsync(allocation.Name, cancellationToken);
    }

    /// <inheritdoc/>
    public Task EndNodeAsync(Allocation allocation, int host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(allocation);
        return _allocations.EndPodAsync(allocation.Name, host, cancellationToken);
    }

    /// <inheritdoc/>
    public Machine Connect(Allocation allocation, int host)
    {
        ArgumentNullException.ThrowIfNull(allocation);
        PodPlace place = PodPlace.Parse(allocation.Nodes[host].Name);
        return new PodMachine(_api, place.Pod, place.Container);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => new KubernetesCheck(_api, _options).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _allocations.Dispose();
        _api.Dispose();
        return ValueTask.CompletedTask;
    }
}
