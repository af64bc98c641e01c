using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>
/// A node and its kubelet: takes the pods that the scheduler places there, runs their first containers as processes of this machine, tells the API what becomes of them, and serves the
/// streams of commands and ports, which the API server passes on to it.
/// </summary>
public sealed class Kubelet : IAsyncDisposable
{
    private static int _lastAddress;

    private readonly IKubernetes _api;
    private readonly string _folder;
    private readonly Func<string, bool> _hasImage;
    private readonly ConcurrentDictionary<string, PodRun> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _addresses = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private KubeletServer? _server;
    private Task _watching = Task.CompletedTask;

    private Kubelet(IKubernetes api, string name, string folder, Func<string, bool> hasImage) => (_api, Name, _folder, _hasImage) = (api, name, folder, hasImage);

    /// <summary>The node's name.</summary>
    public string Name { get; }

    /// <summary>Whether the node is off, and tells the API nothing any more.</summary>
    internal bool IsCut => _cut.Task.IsCompleted;

    /// <summary>Completes when the node goes off.</summary>
    internal Task Cut => _cut.Task;

    /// <summary>Makes the node, and takes pods from then on.</summary>
    /// <param name="api">The API.</param>
    /// <param name="name">The node's name.</param>
    /// <param name="folder">The folder of its files.</param>
    /// <param name="resources">What it has, such as <c>cpu</c> and <c>nvidia.com/gpu</c>.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="taint">The key of a taint which keeps pods away that do not tolerate it; null for none.</param>
    /// <param name="hasImage">Whether an image can be had; every one is this machine's own files.</param>
    public static async Task<Kubelet> StartAsync(
        IKubernetes api, string name, string folder, IReadOnlyDictionary<string, string> resources, IReadOnlyDictionary<string, string> labels, string? taint, Func<string, bool> hasImage)
    {
        var kubelet = new Kubelet(api, name, Path.Combine(folder, name), hasImage);
        kubelet._server = await KubeletServer.StartAsync(kubelet);
        await api.CoreV1.CreateNodeAsync(new V1Node
        {
            Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string>(labels) { ["kubernetes.io/hostname"] = name, ["kubernetes.io/os"] = "linux" } },
            Spec = new V1NodeSpec { Taints = taint is null ? null : [new V1Taint { Key = taint, Effect = "NoSchedule" }] },
        });
        var capacity = resources.ToDictionary(static one => one.Key, static one => new ResourceQuantity(one.Value));
        capacity.TryAdd("pods", new ResourceQuantity("20"));
        var status = new V1NodeStatus
        {
            Capacity = capacity,
            Allocatable = capacity,
            Addresses = [new V1NodeAddress { Address = "127.0.0.1", Type = "InternalIP" }],
            DaemonEndpoints = new V1NodeDaemonEndpoints { KubeletEndpoint = new V1DaemonEndpoint { Port = kubelet._server.Port } },
            Conditions = [new V1NodeCondition { Type = "Ready", Status = "True", Reason = "KubeletReady", LastHeartbeatTime = TimeProvider.System.GetUtcNow().UtcDateTime }],
        };
        await api.CoreV1.PatchNodeStatusAsync(new V1Patch(new V1Node { Status = status }, V1Patch.PatchType.MergePatch), name);
        kubelet._watching = kubelet.WatchAsync();
        return kubelet;
    }

    /// <summary>Ends a pod, as a kubelet whose node has too little memory.</summary>
    /// <param name="pod">The pod's name.</param>
    public void Evict(string pod) => Find(pod).Evict("Evicted", "The node was low on resource: memory. ");

    /// <summary>The node goes off: its pods end, and nobody tells the API.</summary>
    public async Task CutAsync()
    {
        _cut.TrySetResult();
        await _end.CancelAsync();
        await Task.WhenAll(_pods.Values.Select(static run => run.CutAsync()));
        await _server!.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!IsCut)
            await CutAsync();
        await _watching;
        _end.Dispose();
    }

    /// <summary>Whether an image can be had.</summary>
    internal bool HasImage(string image) => _hasImage(image);

    /// <summary>The folder of a pod's files.</summary>
    internal string FolderOf(V1Pod pod) => Path.Combine(_folder, pod.Metadata.Uid);

    /// <summary>The pod's address; nothing leads there.</summary>
    internal string AddressOf(V1Pod pod) => _addresses.GetOrAdd(pod.Metadata.Uid, static _ => string.Create(CultureInfo.InvariantCulture, $"10.244.0.{Interlocked.Increment(ref _lastAddress) % 250 + 1}"));

    /// <summary>The pod's container; null where none runs.</summary>
    internal Container? ContainerOf(string @namespace, string pod) => _pods.TryGetValue($"{@namespace}/{pod}", out PodRun? run) ? run.Container : null;

    /// <summary>What keeps the containers of a pod from being made, as a kubelet finds it out; null for nothing.</summary>
    internal async Task<PodObstacle?> FindObstacleAsync(V1Pod pod)
    {
        foreach (V1SecretVolumeSource secret in (pod.Spec.Volumes ?? []).Select(static volume => volume.Secret).OfType<V1SecretVolumeSource>())
        {
            if (!await HasSecretAsync(pod, secret.SecretName))
                return new PodObstacle(null, "FailedMount", $"MountVolume.SetUp failed for volume \"data\" : secret \"{secret.SecretName}\" not found");
        }

        foreach (V1Container container in pod.Spec.Containers)
        {
            if (!HasImage(container.Image))
                return new PodObstacle(container.Name, "ErrImagePull", $"rpc error: code = NotFound desc = failed to pull and unpack image \"{container.Image}\": not found");
            foreach (string name in (container.Env ?? []).Select(static variable => variable.ValueFrom?.SecretKeyRef?.Name).OfType<string>())
            {
                if (!await HasSecretAsync(pod, name))
                    return new PodObstacle(container.Name, "CreateContainerConfigError", $"secret \"{name}\" not found");
            }
        }

        return null;
    }

    /// <summary>Says in an event what happens to a pod.</summary>
    internal Task WarnAsync(V1Pod pod, string reason, string message) => _api.CoreV1.CreateNamespacedEventAsync(
        new Corev1Event
        {
            Metadata = new V1ObjectMeta { GenerateName = $"{pod.Metadata.Name}." },
            InvolvedObject = new V1ObjectReference { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, NamespaceProperty = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid },
            Type = "Warning",
            Reason = reason,
            Message = message,
            LastTimestamp = TimeProvider.System.GetUtcNow().UtcDateTime,
        },
        pod.Metadata.NamespaceProperty);

    /// <summary>Tells the API how a pod is.</summary>
    internal async Task ReportAsync(V1Pod pod, V1PodStatus status)
    {
        try
        {
            await _api.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch(new V1Pod { Status = status }, V1Patch.PatchType.StrategicMergePatch), pod.Metadata.Name, pod.Metadata.NamespaceProperty);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // Deleted meanwhile, by force.
        }
    }

    /// <summary>Says that a deleted pod has ended, which takes it away.</summary>
    internal async Task RemoveAsync(V1Pod pod)
    {
        try
        {
            await _api.CoreV1.DeleteNamespacedPodAsync(
                pod.Metadata.Name, pod.Metadata.NamespaceProperty, new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } });
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // By force, then.
        }
    }

    private async Task<bool> HasSecretAsync(V1Pod pod, string name)
    {
        try
        {
            await _api.CoreV1.ReadNamespacedSecretAsync(name, pod.Metadata.NamespaceProperty);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private PodRun Find(string pod) => _pods.Single(one => one.Key.EndsWith($"/{pod}", StringComparison.Ordinal)).Value;

    private async Task WatchAsync()
    {
        string selector = $"spec.nodeName={Name}";
        while (!_end.IsCancellationRequested)
        {
            try
            {
                V1PodList list = await _api.CoreV1.ListPodForAllNamespacesAsync(fieldSelector: selector, cancellationToken: _end.Token);
                foreach (V1Pod pod in list.Items)
                    See(pod);
                await foreach ((WatchEventType type, V1Pod pod) in _api.CoreV1.WatchListPodForAllNamespacesAsync(
                    fieldSelector: selector, resourceVersion: list.Metadata.ResourceVersion, cancellationToken: _end.Token))
                {
                    if (type == WatchEventType.Deleted)
                        Lose(pod);
                    else
                        See(pod);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
            {
                // The API goes away before its nodes do, or a watch has had its time.
            }
        }
    }

    private void See(V1Pod pod)
    {
        string key = $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
        if (!_pods.TryGetValue(key, out PodRun? run))
        {
            run = _pods[key] = new PodRun(this, pod);
            run.Start();
        }

        if (pod.Metadata.DeletionTimestamp is not null)
            run.Delete(TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 30));
    }

    // Taken away by force, or as this kubelet has asked.
    private void Lose(V1Pod pod)
    {
        if (_pods.TryRemove($"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}", out PodRun? run))
            run.Delete(TimeSpan.Zero);
    }
}
