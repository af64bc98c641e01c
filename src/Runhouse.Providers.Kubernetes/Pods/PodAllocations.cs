using System.Globalization;
using System.Runtime.CompilerServices;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Machines;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>
/// Allocations as the API has them: a config map that holds what was asked for, and a pod for each host that goes with it. The config map is there first and gone first, so that whatever
/// dies in between leaves nothing that is not found, or taken away by Kubernetes itself.
/// </summary>
/// <param name="api">The API.</param>
/// <param name="options">The configuration.</param>
/// <param name="timing">How long Kubernetes is waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class PodAllocations(ApiClient api, KubernetesOptions options, KubernetesTiming timing, TimeProvider time) : IDisposable
{
    private readonly PodReading _reading = new(api, options);

    // Two clusters of this process do not choose the same pod at once.
    private readonly SemaphoreSlim _choosing = new(1);

    /// <summary>Makes what is asked for, where it is not there or has ended.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<Allocation> SubmitAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        V1ConfigMap lease = await MakeLeaseAsync(request, cancellationToken).ConfigureAwait(false);
        if (options.Selector is { } selector)
            return await BorrowAsync(request, lease, selector, cancellationToken).ConfigureAwait(false);
        List<V1Pod> pods = await PodsAsync(PodLabels.Of(request.Name), cancellationToken).ConfigureAwait(false);
        var fresh = new List<V1Pod>();
        try
        {
            await MarkAsync(lease, await MakePodsAsync(request, lease, pods, fresh, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RunhouseConfigurationException or (RemoteException and not HostUnreachableException))
        {
            // All of them or none: what there was before stays, and so does what an answer was lost for, which the next request finds.
            await DeletePodsAsync(fresh, CancellationToken.None).ConfigureAwait(false);
            if (pods.Count == 0)
                await EndAsync(request.Name, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        return await FoundAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Allocation> BorrowAsync(AllocationRequest request, V1ConfigMap lease, string selector, CancellationToken cancellationToken)
    {
        await _choosing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<V1Pod> pods = await PodsAsync(selector, cancellationToken).ConfigureAwait(false);
            V1ConfigMapList leases = await LeasesAsync(PodLabels.OfOwner(request.Owner), cancellationToken).ConfigureAwait(false);
            V1ConfigMap[] others = [.. leases.Items.Where(other => other.Data?.TryGetValue(PodReading.ClusterKey, out string? cluster) == true && cluster != request.Cluster)];
            string space = await api.NamespaceAsync(cancellationToken).ConfigureAwait(false);
            await MarkAsync(lease, new BorrowedPods(selector).Choose(request, lease, pods, others, space), cancellationToken).ConfigureAwait(false);
        }
        catch (DeploymentException) when (PodReading.MadeOf(lease).Length == 0)
        {
            // It has chosen none.
            await EndAsync(request.Name, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _choosing.Release();
        }

        return await FoundAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Allocation> FoundAsync(AllocationRequest request, CancellationToken cancellationToken) => await FindAsync(request.Name, cancellationToken).ConfigureAwait(false)
        ?? throw new HostUnreachableException($"{request.Name} was taken away while its pods were made. Call again.");

    // All of them, or where others go on the one that it is asked for. Gives what the config map has to say.
    private async Task<Dictionary<string, string>> MakePodsAsync(AllocationRequest request, V1ConfigMap lease, List<V1Pod> pods, List<V1Pod> fresh, CancellationToken cancellationToken)
    {
        var data = new Dictionary<string, string>();
        var made = new List<string>();
        bool isOne = PodReading.GoesOn(lease, pods);
        string[] before = PodReading.MadeOf(lease);
        for (int host = 0; host < request.Count; host++)
        {
            string name = PodDescription.NameOf(request.Name, host);
            V1Pod? pod = pods.Find(one => one.Metadata.Name == name);
            if (isOne && host != request.Host)
            {
                made.Add(before[host]);
                continue;
            }

            if (pod is not null && PodStanding.Of(pod).State is AllocationState.Ending or AllocationState.Ended)
            {
                PodReading.Remember(host, pod, data);
                await DeletePodsAsync([pod], cancellationToken).ConfigureAwait(false);
                pod = null;
            }

            if (pod is null)
                fresh.Add(pod = await MakePodAsync(new PodDescription(options).Of(request, host, lease, isOne), cancellationToken).ConfigureAwait(false));
            made.Add(pod.Metadata.Uid);
        }

        data[PodReading.PodsKey] = string.Join(' ', made);
        return data;
    }

    /// <summary>Finds one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<Allocation?> FindAsync(string name, CancellationToken cancellationToken)
    {
        V1ConfigMap? lease = await LeaseAsync(name, cancellationToken).ConfigureAwait(false);
        List<V1Pod> pods = await PodsAsync(BorrowedPods.SelectorOf(lease) ?? PodLabels.Of(name), cancellationToken).ConfigureAwait(false);
        return lease is null && pods.Count == 0 ? null : await _reading.ReadAsync(name, lease, pods, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds those of an owner, also those that have ended and are still in the list.</summary>
    /// <param name="owner">The owner; null for all.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<Allocation>> FindAllAsync(string? owner, CancellationToken cancellationToken)
    {
        string selector = PodLabels.OfOwner(owner);
        V1ConfigMapList leases = await LeasesAsync(selector, cancellationToken).ConfigureAwait(false);
        ILookup<string, V1Pod> pods = (await PodsAsync(selector, cancellationToken).ConfigureAwait(false)).ToLookup(static pod => pod.GetLabel(PodLabels.Allocation) ?? "");
        var found = new List<Allocation>();
        foreach (string name in leases.Items.Select(static lease => lease.Metadata.Name).Union(pods.Select(static group => group.Key)).Order(StringComparer.Ordinal))
        {
            V1ConfigMap? lease = leases.Items.FirstOrDefault(lease => lease.Metadata.Name == name);
            List<V1Pod> its = BorrowedPods.SelectorOf(lease) is { } labels ? await PodsAsync(labels, cancellationToken).ConfigureAwait(false) : [.. pods[name]];
            found.Add(await _reading.ReadAsync(name, lease, its, cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Takes the pod of one host away, and waits until it is gone; the others go on.</summary>
    /// <param name="name">The name of the allocation.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">Kubernetes does not say that it is gone.</exception>
    public async Task EndPodAsync(string name, int host, CancellationToken cancellationToken)
    {
        List<V1Pod> pods = await PodsAsync(PodLabels.Of(name), cancellationToken).ConfigureAwait(false);
        await DeletePodsAsync([.. pods.Where(pod => pod.Metadata.Name == PodDescription.NameOf(name, host))], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes one away, and waits until Kubernetes has nothing of it any more.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">Kubernetes does not say that it is gone.</exception>
    public async Task EndAsync(string name, CancellationToken cancellationToken)
    {
        List<V1Pod> running = await PodsAsync(PodLabels.Of(name), cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(running.Select(pod => TellAsync(pod, cancellationToken))).ConfigureAwait(false);
        await api.AskAsync(
            $"delete config map {name}",
            (client, space) => GoneAsync(() => client.CoreV1.DeleteNamespacedConfigMapAsync(name, space, propagationPolicy: "Background", cancellationToken: cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        await DeletePodsAsync(await PodsAsync(PodLabels.Of(name), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _choosing.Dispose();

    // Of a deletion its agent knows nothing but SIGTERM, by which it is told of a drain as well: this one needs no time to save anything.
    private async Task TellAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        if (PodStanding.Of(pod).State is not (AllocationState.Running or AllocationState.Ending))
            return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timing.TellLimit);
        try
        {
            var machine = new PodMachine(api, pod.Metadata.Name, ApiClient.Container);
            await using ConfiguredAsyncDisposable disposing = machine.ConfigureAwait(false);
            await machine.RunAsync(new MachineCommand($": 2>/dev/null >{PodDescription.AgentFolder}/down || true"), patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RemoteException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // It does not answer, or is gone: then it ends in its own time.
        }
    }

    private static async Task<bool> GoneAsync<T>(Func<Task<T>> delete)
    {
        try
        {
            await delete().ConfigureAwait(false);
            return true;
        }
        catch (HttpOperationException e) when (ApiFault.IsNotFound(e))
        {
            return false;
        }
    }

    private async Task<List<V1Pod>> PodsAsync(string selector, CancellationToken cancellationToken)
    {
        V1PodList list = await api.AskAsync(
            "list pods", (client, space) => client.CoreV1.ListNamespacedPodAsync(space, labelSelector: selector, cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false);
        return [.. list.Items];
    }

    private Task<V1ConfigMapList> LeasesAsync(string selector, CancellationToken cancellationToken) => api.AskAsync(
        "list config maps", (client, space) => client.CoreV1.ListNamespacedConfigMapAsync(space, labelSelector: selector, cancellationToken: cancellationToken), cancellationToken);

    private Task<V1ConfigMap?> LeaseAsync(string name, CancellationToken cancellationToken) => api.AskAsync(
        $"get config map {name}",
        async (client, space) =>
        {
            try
            {
                return await client.CoreV1.ReadNamespacedConfigMapAsync(name, space, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (HttpOperationException e) when (ApiFault.IsNotFound(e))
            {
                return null;
            }
        },
        cancellationToken);

    private async Task<V1ConfigMap> MakeLeaseAsync(AllocationRequest request, CancellationToken cancellationToken)
    {
        if (await LeaseAsync(request.Name, cancellationToken).ConfigureAwait(false) is { } found)
            return found;
        var lease = new V1ConfigMap
        {
            Metadata = new V1ObjectMeta { Name = request.Name, Labels = PodDescription.LabelsOf(request) },
            Data = new Dictionary<string, string>
            {
                [PodReading.ClusterKey] = request.Cluster,
                [PodReading.CountKey] = request.Count.ToString(CultureInfo.InvariantCulture),
                [PodReading.NeedsKey] = request.Needs.ToString(),
            },
        };
        return await api.AskAsync(
            $"create config map {request.Name}", (client, space) => client.CoreV1.CreateNamespacedConfigMapAsync(lease, space, cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    // The answer to an earlier request for the same pod may have been lost.
    private Task<V1Pod> MakePodAsync(V1Pod pod, CancellationToken cancellationToken) => api.AskAsync(
        $"create pod {pod.Metadata.Name}",
        async (client, space) =>
        {
            try
            {
                return await client.CoreV1.CreateNamespacedPodAsync(pod, space, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (HttpOperationException e) when (ApiFault.IsThere(e))
            {
                return await client.CoreV1.ReadNamespacedPodAsync(pod.Metadata.Name, space, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        },
        cancellationToken);

    private Task<V1ConfigMap> MarkAsync(V1ConfigMap lease, Dictionary<string, string> data, CancellationToken cancellationToken)
    {
        var patch = new V1Patch(new V1ConfigMap { Data = data }, V1Patch.PatchType.MergePatch);
        return api.AskAsync(
            $"patch config map {lease.Metadata.Name}",
            (client, space) => client.CoreV1.PatchNamespacedConfigMapAsync(patch, lease.Metadata.Name, space, cancellationToken: cancellationToken),
            cancellationToken);
    }

    private async Task DeletePodsAsync(List<V1Pod> pods, CancellationToken cancellationToken)
    {
        await Task.WhenAll(pods.Select(pod => api.AskAsync(
            $"delete pod {pod.Metadata.Name}",
            (client, space) => GoneAsync(() => client.CoreV1.DeleteNamespacedPodAsync(
                pod.Metadata.Name, space, new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } }, cancellationToken: cancellationToken)),
            cancellationToken))).ConfigureAwait(false);
        HashSet<string> left = [.. pods.Select(static pod => pod.Metadata.Uid)];
        long since = time.GetTimestamp();
        TimeSpan pause = timing.FirstPause;
        while (left.Count > 0)
        {
            List<V1Pod> there = await PodsAsync(PodLabels.Of(pods[0].GetLabel(PodLabels.Allocation)), cancellationToken).ConfigureAwait(false);
            left.IntersectWith(there.Select(static pod => pod.Metadata.Uid));
            if (left.Count > 0 && time.GetElapsedTime(since) > timing.EndLimit)
            {
                V1Pod one = there.First(pod => left.Contains(pod.Metadata.Uid));
                throw new HostUnreachableException(
                    $"Pod {one.Metadata.Name} was told to end {timing.EndLimit.TotalMinutes:0} minutes ago, and Kubernetes does not say that it is gone. See whether its node {one.Spec.NodeName} answers (kubectl describe node {one.Spec.NodeName}), and try again.");
            }

            if (left.Count == 0)
                break;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 1.5 < timing.LongestPause ? pause * 1.5 : timing.LongestPause;
        }
    }
}
