using Runhouse.Protocol.Control;

namespace Runhouse.Host.Deployments;

/// <summary>A deployment that the host has in full.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Directory">The folder with its files.</param>
/// <param name="Manifest">What it is made of.</param>
internal sealed record Deployment(string Id, string Directory, DeploymentManifest Manifest);
