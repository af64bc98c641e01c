namespace Runhouse.Kubernetes;

/// <summary>The tests that share this process' configuration, and so run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterCollection
{
    /// <summary>Its name.</summary>
    public const string Name = "clusters";
}
