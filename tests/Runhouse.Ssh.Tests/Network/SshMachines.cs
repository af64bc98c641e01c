using System.Globalization;
using System.Security.Cryptography;

namespace Runhouse.Ssh.Network;

/// <summary>
/// Machines that run OpenSSH's server, in a network of their own on this one: each in namespaces of its own, with files, users, processes and a host
/// key of its own, and without .NET. It takes root and a few programs.
/// </summary>
public sealed class SshMachines : IAsyncDisposable
{
    private const string Install = "apt-get install -y openssh-server iproute2 nftables iputils-ping ethtool";

    private static readonly string[] Programs =
    [
        "/usr/sbin/sshd", "/usr/bin/ssh-keygen", "/usr/sbin/ip", "/usr/sbin/tc", "/usr/sbin/nft", "/usr/sbin/ethtool", "/usr/bin/nsenter", "/usr/bin/unshare",
    ];

    private const string InstallManager = "apt-get install -y systemd dbus-user-session libpam-systemd";

    private static readonly string[] ManagerPrograms = ["/usr/lib/systemd/systemd", "/usr/bin/busctl", "/usr/lib/systemd/user/dbus.socket", "/usr/share/pam-configs/systemd"];

    private readonly List<SshTestHost> _hosts = [];
    private readonly SemaphoreSlim _claim = new(1);
    private int _number = -1;

    /// <summary>Makes the folder.</summary>
    public SshMachines() => Directory.CreateDirectory(Folder);

    /// <summary>The folder of this run's files.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "rhs-" + RandomNumberGenerator.GetHexString(8, lowercase: true));

    /// <summary>This machine's address in the network.</summary>
    public string Address => $"10.78.{_number}.254";

    /// <summary>Why there can be no such machines here, and what mends it; null when there can.</summary>
    /// <param name="isManaged">Whether systemd is to run on it.</param>
    public static string? FindObstacle(bool isManaged = false)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return "Machines of its own take Linux and root.";
        string? missing = Programs.FirstOrDefault(static path => !File.Exists(path));
        string? missingManager = ManagerPrograms.FirstOrDefault(path => isManaged && !File.Exists(path));
        return missing is not null ? $"Machines of its own take a few programs; missing: {missing}. As root: {Install}"
            : missingManager is not null ? $"Machines with systemd take its programs; missing: {missingManager}. As root: {InstallManager}"
            : null;
    }

    /// <summary>Brings up a machine.</summary>
    /// <param name="hasDotnet">Whether it has this machine's .NET, which spares the sending of it.</param>
    /// <param name="sshd">Lines of its server's configuration that come before the usual ones.</param>
    public Task<SshTestHost> AddAsync(bool hasDotnet, params string[] sshd) => BringUpAsync(hasDotnet ? ["with-dotnet"] : [], sshd);

    /// <summary>Brings up a machine that systemd runs on, as on most: with a manager of logins, and one of each user's services.</summary>
    public Task<SshTestHost> AddManagedAsync() => BringUpAsync(["with-dotnet", "with-systemd"], ["UsePAM yes"]);

    /// <summary>A key that was made for this run; every machine lets the one called <c>id</c> in.</summary>
    /// <param name="name">The name of its file.</param>
    /// <param name="options">How <c>ssh-keygen</c> is to make it.</param>
    public async Task<string> KeyAsync(string name, params string[] options)
    {
        string path = Path.Combine(Folder, name);
        if (!File.Exists(path))
            await Tool.RunAsync("ssh-keygen", ["-q", .. options is [] ? ["-t", "ed25519"] : options, .. options.Contains("-N") ? Array.Empty<string>() : ["-N", ""], "-C", name, "-f", path]);
        return path;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SshTestHost host in _hosts)
            await host.DisposeAsync();
        if (_number >= 0)
            await ScriptAsync("release.sh", _number.ToString(CultureInfo.InvariantCulture));
        _claim.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The path of a script of this folder.</summary>
    /// <param name="name">Its name.</param>
    internal static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Network", name);

    private static Task<string> ScriptAsync(string name, params string[] arguments) => Tool.RunAsync("bash", [Script(name), .. arguments]);

    private async Task<SshTestHost> BringUpAsync(string[] parts, string[] sshd)
    {
        await _claim.WaitAsync();
        int index;
        try
        {
            if (_number < 0)
                _number = int.Parse(await ScriptAsync("claim.sh", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Folder), CultureInfo.InvariantCulture);
            index = _hosts.Count + 1;
            _hosts.Add(new SshTestHost(_number, index, Path.Combine(Folder, $"h{index}"), await KeyAsync("id")));
        }
        finally
        {
            _claim.Release();
        }

        await _hosts[index - 1].StartAsync(parts, sshd);
        return _hosts[index - 1];
    }
}
