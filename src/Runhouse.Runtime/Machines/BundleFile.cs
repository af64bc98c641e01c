namespace Runhouse.Runtime.Machines;

/// <summary>A file that a machine gets.</summary>
/// <param name="Path">Its path there, with forward slashes, relative to Runhouse's folder.</param>
/// <param name="Source">The file on this disk.</param>
/// <param name="IsExecutable">Whether it may be executed.</param>
internal sealed record BundleFile(string Path, FileInfo Source, bool IsExecutable);
