namespace Runhouse;

/// <summary>Named compute: one or more hosts from one provider.</summary>
public sealed class Cluster
{
    private static readonly Cluster ThisMachine = new("local");

    private Cluster(string name) => Name = name;

    /// <summary>The cluster's name.</summary>
    public string Name { get; }

    /// <summary>This machine: a host process that is started when none runs, and stops when it has been idle for a while.</summary>
    public static Cluster Local() => ThisMachine;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
