using Microsoft.Extensions.Configuration;

namespace Runhouse.Runtime.Leases;

/// <summary>What a cloud is made with.</summary>
/// <param name="Configuration">The section <c>Runhouse:NAME</c> of the configuration, such as <c>Runhouse:Aws</c>.</param>
/// <param name="Time">The clock.</param>
public sealed record CloudContext(IConfiguration Configuration, TimeProvider Time)
{
    /// <summary>The whole configuration, for providers that reach machines as others of this package do.</summary>
    internal RunhouseOptions? Options { get; init; }
}
