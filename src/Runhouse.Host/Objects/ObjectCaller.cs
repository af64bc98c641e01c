using Runhouse.Host.Deployments;
using Runhouse.Host.Workers;

namespace Runhouse.Host.Objects;

/// <summary>Who asks for a named object.</summary>
/// <param name="Build">The deployment of the caller's own build; null for a caller that has none.</param>
/// <param name="Demand">What that build needs of a worker with the object.</param>
internal sealed record ObjectCaller(Deployment? Build, WorkerDemand Demand)
{
    /// <summary>A caller without a build: a tool, or this host.</summary>
    public static ObjectCaller Tool { get; } = new(null, WorkerDemand.None);
}
