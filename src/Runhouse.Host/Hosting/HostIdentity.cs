using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;

namespace Runhouse.Host.Hosting;

/// <summary>Who this host is, for one life of its process.</summary>
internal sealed class HostIdentity(string name, DateTimeOffset startedAt)
{
    public string Name { get; } = name;

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The secret that callers send; 256 random bits.</summary>
    public string Token { get; } = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public string Version { get; } = typeof(HostIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public DateTimeOffset StartedAt { get; } = startedAt;
}
