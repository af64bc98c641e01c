using k8s.Models;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>Where a host is: a container of a pod. As the name of a node it is the pod's, with the container's behind it where that is not the one of pods that are made here.</summary>
/// <param name="Pod">The pod's name.</param>
/// <param name="Container">The container's name.</param>
internal readonly record struct PodPlace(string Pod, string Container)
{
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";

    /// <summary>The place in a pod: its container <c>runhouse</c>, else the one that <c>kubectl exec</c> takes.</summary>
    /// <param name="pod">The pod.</param>
    public static V1Container ContainerOf(V1Pod pod) => pod.Spec.Containers.FirstOrDefault(static one => one.Name == ApiClient.Container)
        ?? pod.Spec.Containers.FirstOrDefault(one => one.Name == pod.GetAnnotation(DefaultContainer))
        ?? pod.Spec.Containers[0];

    /// <summary>The place in a pod.</summary>
    /// <param name="pod">The pod.</param>
    public static PodPlace Of(V1Pod pod) => new(pod.Metadata.Name, ContainerOf(pod).Name);

    /// <summary>Reads the name of a node.</summary>
    /// <param name="node">The name.</param>
    public static PodPlace Parse(string node) => node.Split('/') is [var pod, var container] ? new PodPlace(pod, container) : new PodPlace(node, ApiClient.Container);

    /// <inheritdoc/>
    public override string ToString() => Container == ApiClient.Container ? Pod : $"{Pod}/{Container}";
}
