namespace Runhouse.Protocol.Generated;

/// <summary>The result of a member that returns nothing.</summary>
public readonly record struct Unit;
