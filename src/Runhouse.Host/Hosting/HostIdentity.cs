using System.Reflection;
using System.Security.Cryptography;

namespace Runhouse.Host.Hosting;

/// <summary>Who this host is, for one life of its process.</summary>
internal sealed class HostIdentity(string name, DateTimeOffset startedAt)
{
    public string Name { get; } = name;

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public string Version { get; } = typeof(HostIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public DateTimeOffset StartedAt { get; } = startedAt;
}
