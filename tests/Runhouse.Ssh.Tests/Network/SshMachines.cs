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
    public static string? FindObstacle()
    {
        string? missing = !OperatingSystem.IsLinux() ? "Linux" : !Environment.IsPrivilegedProcess ? "root" : Programs.FirstOrDefault(static path => !File.Exists(path));
        return missing is null ? null : $"Machines of its own take Linux, root and a few programs; missing: {missing}. As root: {Install}";
    }

    /// <summary>Brings up a machine.</summary>
    /// <param name="hasDotnet">Whether it has this machine's .NET, which spares the sending of it.</param>
    /// <param name="sshd">Lines of its server's configuration that come before the usual ones.</param>
    public async Task<SshTestHost> AddAsync(bool hasDotnet, params string[] sshd)
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

        await _hosts[index - 1].StartAsync(hasDotnet, sshd);
        return _hosts[index - 1];
    }

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
}
