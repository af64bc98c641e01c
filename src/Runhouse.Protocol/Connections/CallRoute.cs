namespace Runhouse.Protocol.Connections;

/// <summary>Where a call goes at this moment.</summary>
/// <param name="Connection">The connection to the worker.</param>
/// <param name="ObjectId">The remote object; 0 for functions and constructors.</param>
public readonly record struct CallRoute(ClientConnection Connection, ulong ObjectId);
