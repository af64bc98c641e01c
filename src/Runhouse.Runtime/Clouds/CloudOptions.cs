namespace Runhouse.Runtime.Clouds;

/// <summary>What the options of all clouds have.</summary>
public abstract record CloudOptions
{
    /// <summary>The keys of these.</summary>
    protected static readonly IReadOnlyList<string> CommonKeys = ["AllowFrom", "ServiceUrl", "UsePrivateAddress"];

    /// <summary>Makes options that nobody has set.</summary>
    protected CloudOptions()
    {
    }

    /// <summary>Reads what all clouds have of a section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A value is not allowed.</exception>
    protected CloudOptions(CloudSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        ServiceUrl = section.Url("ServiceUrl");
        AllowFrom = section.Networks("AllowFrom");
        UsePrivateAddress = section.Switch("UsePrivateAddress");
    }

    /// <summary>Where the cloud's API answers; null for its own addresses.</summary>
    public string? ServiceUrl { get; init; }

    /// <summary>The networks from which the open ports can be reached, in the form of <c>203.0.113.0/24</c>.</summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = ["0.0.0.0/0"];

    /// <summary>Whether machines are reached by their address within the network, and have no public one.</summary>
    public bool UsePrivateAddress { get; init; }
}
