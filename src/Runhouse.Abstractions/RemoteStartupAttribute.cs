namespace Runhouse;

/// <summary>
/// Names the type that registers the services of remote code. In the worker its public parameterless constructor runs once, then its
/// <c>void ConfigureServices(IServiceCollection services)</c> (instance or static). <c>Main</c> never runs in a worker.
/// </summary>
/// <param name="startupType">The type with the <c>ConfigureServices</c> method.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class RemoteStartupAttribute(Type startupType) : Attribute
{
    /// <summary>The type with the <c>ConfigureServices</c> method.</summary>
    public Type StartupType { get; } = startupType;
}
