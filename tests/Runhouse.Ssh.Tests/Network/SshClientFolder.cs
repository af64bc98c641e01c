using System.Security.Cryptography;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Ssh.Network;

/// <summary>An account of one test that logs in elsewhere: its <c>~/.ssh</c>, and nothing of the real account.</summary>
internal sealed class SshClientFolder
{
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    /// <summary>Makes the folder; it holds no key, and trusts no host.</summary>
    public SshClientFolder(SshNetwork network)
    {
        string home = Path.Combine(network.Folder, "home-" + RandomNumberGenerator.GetHexString(8));
        Account = new SshAccount(home, "tester") { Variable = _variables.GetValueOrDefault, SystemConfigFile = Path.Combine(home, "etc", "ssh_config") };
        Directory.CreateDirectory(Account.Folder);
    }

    /// <summary>The account.</summary>
    public SshAccount Account { get; }

    /// <summary>The file of the hosts that it trusts.</summary>
    public string KnownHosts => Path.Combine(Account.Folder, "known_hosts");

    /// <summary>Options of the account, with a limit that a busy machine keeps.</summary>
    public SshSettings Options => new() { Account = Account, ConnectTimeout = TimeSpan.FromSeconds(60) };

    /// <summary>The key of this run beside the account's others, and the hosts trusted: whatever is needed to log in.</summary>
    public static async Task<SshClientFolder> ReadyAsync(SshNetwork network, params SshTestHost[] hosts)
        => new SshClientFolder(network).Key(await network.KeyAsync("id")).Trust(hosts);

    /// <summary>Sets an environment variable.</summary>
    public SshClientFolder Set(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    /// <summary>Puts a key beside the others of the account.</summary>
    public SshClientFolder Key(string path, string name = "id_ed25519")
    {
        File.Copy(path, Path.Combine(Account.Folder, name), overwrite: true);
        if (File.Exists(path + ".pub"))
            File.Copy(path + ".pub", Path.Combine(Account.Folder, name + ".pub"), overwrite: true);
        return this;
    }

    /// <summary>Trusts hosts by the keys that they have now.</summary>
    public SshClientFolder Trust(params SshTestHost[] hosts)
    {
        File.AppendAllLines(KnownHosts, hosts.Select(static host => $"{host.Address} {host.HostKey.ToLine()}"));
        return this;
    }

    /// <summary>Writes <c>~/.ssh/config</c>.</summary>
    public SshClientFolder Config(string text)
    {
        File.WriteAllText(Account.ConfigFile, text);
        return this;
    }

    /// <summary>The way to a machine.</summary>
    public SshMachine Machine(string target, Func<SshSettings, SshSettings>? change = null)
        => new(SshTarget.Parse(target), change is null ? Options : change(Options), TimeProvider.System);
}
