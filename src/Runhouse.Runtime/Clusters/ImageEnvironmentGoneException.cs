namespace Runhouse.Runtime.Clusters;

/// <summary>Marks the error of a host that does not have the environment of an image any more: it comes back with the image.</summary>
internal sealed class ImageEnvironmentGoneException() : Exception("The host does not have the environment of the image.");
