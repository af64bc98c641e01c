namespace Runhouse.Providers.Gcp.Api;

/// <summary>A page of instances, by the places that they are in.</summary>
internal sealed record InstancePage
{
    /// <summary>The places, <c>zones/us-central1-a</c>.</summary>
    public Dictionary<string, InstanceScope>? Items { get; init; }

    public string? NextPageToken { get; init; }

    /// <summary>Places that did not answer.</summary>
    public List<string>? Unreachables { get; init; }
}

/// <summary>The instances in one place, or why there are none.</summary>
internal sealed record InstanceScope
{
    public List<Instance>? Instances { get; init; }

    public ScopeWarning? Warning { get; init; }
}

/// <summary>What the API says of a place.</summary>
internal sealed record ScopeWarning(string? Code, string? Message);
