namespace Runhouse.Host.Workers;

/// <summary>A remote object with a name.</summary>
internal sealed record NamedObject(string Name, string TypeName, ulong ObjectId, Worker Worker);
