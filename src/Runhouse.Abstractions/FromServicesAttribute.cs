namespace Runhouse;

/// <summary>
/// Marks a constructor parameter of a remote class, or a parameter of a remote function, that the worker resolves from its services
/// (see <see cref="RemoteStartupAttribute"/>) instead of receiving it from the caller.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FromServicesAttribute : Attribute;
