namespace Runhouse.Protocol.Connections;

/// <summary>A call in flight at its worker.</summary>
/// <param name="CallId">Its number in its session.</param>
/// <param name="Member">The signature of the called member; null when it is none of the worker's.</param>
/// <param name="ObjectId">The object that it calls; 0 for functions and constructors.</param>
/// <param name="Age">How long ago it arrived.</param>
/// <param name="WantsLogs">Whether its caller wants its lines.</param>
public readonly record struct ServedCall(ulong CallId, string? Member, ulong ObjectId, TimeSpan Age, bool WantsLogs);
