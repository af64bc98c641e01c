namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>A key that an agent holds.</summary>
/// <param name="Key">Its public half, or a certificate of it.</param>
/// <param name="Comment">What its owner calls it.</param>
internal sealed record AgentKey(SshPublicKey Key, string Comment);
