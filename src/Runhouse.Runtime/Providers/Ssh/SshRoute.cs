using Runhouse.Runtime.Providers.Ssh.ClientConfig;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>The machines on the way to a target, as <c>ProxyJump</c> has them.</summary>
internal static class SshRoute
{
    private const int MostJumps = 8;

    /// <summary>Finds the way.</summary>
    /// <param name="target">The target.</param>
    /// <param name="options">Where to read the configuration.</param>
    /// <returns>The machines, the nearest first; the last one is the target.</returns>
    /// <exception cref="RunhouseConfigurationException">The configuration cannot be understood, or leads in a circle.</exception>
    public static IReadOnlyList<SshHost> Find(SshTarget target, SshSettings options) => Find(target, options, depth: 0);

    private static List<SshHost> Find(SshTarget target, SshSettings options, int depth)
    {
        SshHost host = SshConfig.Resolve(target, options.Account, options.ConfigFile);
        List<SshHost> jumps = [.. host.Jumps.Select(jump => SshConfig.Resolve(jump, options.Account, options.ConfigFile))];

        // "Host *" with a ProxyJump holds for the machine that it names as well: that one is reached directly.
        if (jumps.Count == 0 || (jumps.Count == 1 && (jumps[0].HostName, jumps[0].Port, jumps[0].User) == (host.HostName, host.Port, host.User)))
            return [host];
        if (depth == MostJumps)
            throw new RunhouseConfigurationException($"ProxyJump of '{host.Alias}' leads over more than {MostJumps} machines, or in a circle. Correct ~/.ssh/config.");

        // Only the first is reached by a way of its own; each further one lies behind the one before.
        return [.. Find(host.Jumps[0], options, depth + 1), .. jumps.Skip(1), host];
    }
}
