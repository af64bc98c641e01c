namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>The labels by which what was made is found, as machines of clouds are by their tags.</summary>
internal static class PodLabels
{
    /// <summary>The name of the allocation.</summary>
    public const string Allocation = "runhouse.dev/allocation";

    /// <summary>Who asks.</summary>
    public const string Owner = "runhouse.dev/owner";

    /// <summary>The cluster's name.</summary>
    public const string Cluster = "runhouse.dev/cluster";

    /// <summary>Which of the hosts a pod is, from 0.</summary>
    public const string Host = "runhouse.dev/host";

    /// <summary>The annotation of a pod that was made in the place of one that has ended, while others of its allocation went on.</summary>
    public const string Anew = "runhouse.dev/anew";

    /// <summary>The queue of Kueue.</summary>
    public const string Queue = "kueue.x-k8s.io/queue-name";

    /// <summary>The name of a group of pods that Kueue admits together.</summary>
    public const string Group = "kueue.x-k8s.io/pod-group-name";

    /// <summary>The annotation that says how many pods belong to the group.</summary>
    public const string GroupSize = "kueue.x-k8s.io/pod-group-total-count";

    /// <summary>The selector of what belongs to an allocation.</summary>
    /// <param name="name">Its name.</param>
    public static string Of(string name) => $"{Allocation}={name}";

    /// <summary>The selector of what an owner has made.</summary>
    /// <param name="owner">The owner; null for all.</param>
    public static string OfOwner(string? owner) => owner is null ? Owner : $"{Owner}={owner}";
}
