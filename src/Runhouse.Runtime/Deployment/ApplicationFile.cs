namespace Runhouse.Runtime.Deployment;

/// <summary>A file of the application: where it is here, and where it goes.</summary>
/// <param name="Path">Its path inside the deployment, with forward slashes.</param>
/// <param name="Source">Its path on this disk.</param>
internal readonly record struct ApplicationFile(string Path, string Source);
