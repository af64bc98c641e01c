namespace Runhouse.Protocol.Control;

// The bytes themselves go through files beside the worker's socket, since control lines are short: whoever is told of one reads and deletes it.

/// <summary>Keep the state of a named object in place of what was kept of it before. Answered by <see cref="StateKept"/>; the next one of the object comes behind that.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="Name">The object's name.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="File">The file with the state; null when it could not be taken.</param>
/// <param name="Error">Why the state could not be taken; null when it was.</param>
public sealed record KeepState(long RequestId, string Name, ulong ObjectId, string? File, string? Error) : WorkerToHostMessage
{
    /// <summary>Whether what is kept already is the state behind the object's last call, so that nothing is lost if this one is not.</summary>
    public bool IsKept { get; init; }
}

/// <summary>The answer to <see cref="HoldObject"/>: the object's calls in flight have ended, its state is kept, and calls that come wait.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Error">Why it is not held; null when it is.</param>
public sealed record ObjectHeld(long RequestId, string? Error) : WorkerToHostMessage, IWorkerDeed;

/// <summary>The answer to <see cref="RestoreObject"/>: the object takes calls.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Error">Why there is no such object; null when there is.</param>
public sealed record ObjectRestored(long RequestId, string? Error) : WorkerToHostMessage, IWorkerDeed;

/// <summary>The answer to <see cref="KeepState"/>.</summary>
/// <param name="RequestId">The request answered.</param>
/// <param name="Error">Why the state is not kept; null when it is.</param>
public sealed record StateKept(long RequestId, string? Error) : HostToWorkerMessage;

/// <summary>Have the calls of an object that come wait, and keep its state when those in flight have ended. Answered by <see cref="ObjectHeld"/>; <see cref="LetObjectGo"/> ends it.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="ObjectId">The object.</param>
/// <param name="PatienceSeconds">How long the calls in flight may take.</param>
/// <param name="IsFinal">Whether the worker ends in any case: the state is kept even when they take longer, and has to be given within as much time again.</param>
public sealed record HoldObject(long RequestId, ulong ObjectId, double PatienceSeconds, bool IsFinal) : HostToWorkerMessage;

/// <summary>An object that was held goes on, or goes.</summary>
/// <param name="ObjectId">The object.</param>
/// <param name="HasMoved">Whether another worker has it now: the calls that wait are told so, and the instance is disposed.</param>
public sealed record LetObjectGo(ulong ObjectId, bool HasMoved) : HostToWorkerMessage;

/// <summary>Make a named object again: construct it as it was constructed first, and give it its state. Answered by <see cref="ObjectRestored"/>.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="ObjectId">The object's id, which it keeps.</param>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The full name of its type.</param>
/// <param name="Construction">The file with what its constructor was called with.</param>
/// <param name="State">The file with its state; null when none was kept yet.</param>
public sealed record RestoreObject(long RequestId, ulong ObjectId, string Name, string TypeName, string Construction, string? State) : HostToWorkerMessage;
