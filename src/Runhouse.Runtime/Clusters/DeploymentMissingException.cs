namespace Runhouse.Runtime.Clusters;

/// <summary>Inside of a <see cref="RemoteNotFoundException"/>: the host does not have this program's build, so that it has to be uploaded.</summary>
internal sealed class DeploymentMissingException : Exception;
