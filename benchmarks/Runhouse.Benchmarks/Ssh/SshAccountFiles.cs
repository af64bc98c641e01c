using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Ssh;

/// <summary>The SSH files and Runhouse's folder of a measurement, in place of the user's.</summary>
internal sealed class SshAccountFiles
{
    /// <summary>Makes them.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="key">The key that the machines let in.</param>
    public SshAccountFiles(string folder, string key)
    {
        Folder = folder;
        File.WriteAllText(ConfigFile, $"Host *\n  IdentityFile {key}\n  IdentityAgent none\n  UserKnownHostsFile {KnownHosts}\n  LogLevel ERROR\n");
        File.WriteAllText(KnownHosts, "");
    }

    /// <summary>Where they are.</summary>
    public string Folder { get; }

    /// <summary>The configuration of SSH.</summary>
    public string ConfigFile => Path.Combine(Folder, "ssh_config");

    private string KnownHosts => Path.Combine(Folder, "known_hosts");

    /// <summary>Lets this process, and those that it starts, use them.</summary>
    public void Use()
    {
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Path.Combine(Folder, "runhouse"));
        Environment.SetEnvironmentVariable("RUNHOUSE__Ssh__ConfigFile", ConfigFile);
    }

    /// <summary>Trusts a machine by the key that it has now.</summary>
    /// <param name="machine">The machine.</param>
    public void Trust(SshTestHost machine) => File.AppendAllLines(KnownHosts, [$"{machine.Address} {machine.HostKeyText}"]);
}
