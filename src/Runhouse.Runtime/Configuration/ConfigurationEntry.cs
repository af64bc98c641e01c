namespace Runhouse.Runtime.Configuration;

/// <summary>One configured value.</summary>
/// <param name="Key">The key below <c>Runhouse:</c>, <c>Local:IdleTimeout</c>.</param>
/// <param name="Value">The value as text.</param>
/// <param name="Source">Where it stands, for messages.</param>
internal readonly record struct ConfigurationEntry(string Key, string Value, string Source);
