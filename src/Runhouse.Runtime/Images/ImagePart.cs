using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Images;

/// <summary>A step of an image as the caller has it: what it takes from this machine is read when the image is applied.</summary>
internal abstract record ImagePart;

/// <summary>A step that is complete.</summary>
internal sealed record StepPart(ImageStep Step) : ImagePart;

/// <summary>Files to copy.</summary>
/// <param name="Sources">The files.</param>
/// <param name="Target">Where they go on the host, as the user wrote it.</param>
internal sealed record CopyPart(CopySources Sources, string Target) : ImagePart;

/// <summary>A secret to deliver.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Given">The secret; null for the one that is saved under the name.</param>
internal sealed record SecretPart(string Name, Secret? Given) : ImagePart;
