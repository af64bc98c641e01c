using Runhouse.Providers.Gcp.Api;

namespace Runhouse.Providers.Gcp;

/// <summary>A machine of a request that is being made.</summary>
/// <param name="wanted">What is asked for.</param>
/// <param name="index">Which one of the request's machines it is.</param>
internal sealed class Launching(Instance wanted, int index)
{
    /// <summary>What is asked for.</summary>
    public Instance Wanted { get; } = wanted;

    /// <summary>Its name.</summary>
    public string Name { get; } = wanted.Name!;

    /// <summary>Which one of the request's machines it is.</summary>
    public int Index { get; } = index;

    /// <summary>Whether it was asked for.</summary>
    public bool IsAsked { get; set; }

    /// <summary>What makes it, while that is not known to be done.</summary>
    public Operation? Pending { get; set; }
}
