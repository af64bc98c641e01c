namespace Runhouse.Runtime.Clusters;

/// <summary>A named object that was found.</summary>
/// <param name="Connection">The connection to its worker.</param>
/// <param name="ObjectId">Its id.</param>
/// <param name="TypeName">The full name of its class; null when the host does not know.</param>
/// <param name="IsOwnBuild">Whether its worker runs the same build as this process.</param>
internal sealed record AttachedObject(WorkerConnection Connection, ulong ObjectId, string? TypeName, bool IsOwnBuild);
