namespace Runhouse.Protocol.Control;

/// <summary>A named object whose state is kept, with all that makes it again: on its way from a host whose machine is taken away to the next one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The full name of its type.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="Application">Its application.</param>
/// <param name="Deployment">The deployment in whose worker it was.</param>
/// <param name="Place">What its worker was asked for.</param>
/// <param name="Construction">What its constructor was called with, in map form.</param>
/// <param name="State">Its state behind its last call, in map form; null when none was kept yet.</param>
public sealed record TransferredObject(string Name, string TypeName, ulong ObjectId, string Application, string Deployment, WorkerRequest Place, byte[] Construction, byte[]? State)
{
    /// <summary>The image in whose environment its worker ran; null for none.</summary>
    public string? Image { get; init; }
}

/// <summary>The named objects of a host whose states are kept (<c>GET /v1/objects/kept</c>).</summary>
/// <param name="Names">Their names, in order.</param>
public sealed record KeptObjectList(IReadOnlyList<string> Names);
