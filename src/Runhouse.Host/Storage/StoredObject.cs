using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>A named object as the store has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The full name of its type.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="Application">Its application.</param>
/// <param name="Deployment">The deployment in whose worker it is, or was.</param>
internal sealed record StoredObject(string Name, string TypeName, ulong ObjectId, string Application, string Deployment)
{
    /// <summary>What its worker was asked for; null for an object whose state is not kept.</summary>
    public WorkerRequest? Place { get; init; }

    /// <summary>The image in whose environment its worker runs; null for none.</summary>
    public string? Image { get; init; }

    /// <summary>Why its latest state is not kept; null when it is.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether its state is kept over the end of its worker.</summary>
    public bool KeepsState => Place is not null;
}

/// <summary>A named object that is lost.</summary>
/// <param name="TypeName">The full name of its type.</param>
/// <param name="LostAt">When it was lost, or found to be.</param>
/// <param name="Cause">By what, in words that go on from "was lost".</param>
internal sealed record LostObject(string TypeName, DateTimeOffset LostAt, string Cause);
