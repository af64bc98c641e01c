using System.Diagnostics;
using System.Globalization;

namespace Runhouse.Ssh.Network;

/// <summary>A machine of the tests' network, and what can go wrong with it.</summary>
public sealed class SshTestHost : IAsyncDisposable
{
    private readonly int _network;
    private readonly int _index;
    private readonly string _folder;
    private readonly string _clientKey;
    private Process? _init;
    private Process? _server;
    private SlowLink? _slow;
    private string _inside = "";

    internal SshTestHost(int network, int index, string folder, string clientKey)
        => (_network, _index, _folder, _clientKey) = (network, index, folder, clientKey);

    /// <summary>Its address.</summary>
    public string Address => $"10.78.{_network}.{_index}";

    /// <summary>Its host key: the type and the key itself, as in <c>known_hosts</c>.</summary>
    public string HostKeyText { get; private set; } = "";

    /// <summary>The file of its network.</summary>
    public string NetworkNamespace => $"/proc/{_inside}/ns/net";

    private string Link => $"rht{_network}-{_index}";

    /// <summary>Brings it up, and its server.</summary>
    internal async Task StartAsync(string[] parts, string[] sshd)
    {
        Directory.CreateDirectory(_folder);
        _init = Tool.Start("unshare", ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--kill-child", "bash", SshMachines.Script("host.sh"), _folder, $"h{_index}", Link, .. parts]);
        if (await _init.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException($"A test host did not come up: {await _init.StandardError.ReadToEndAsync()}");
        string id = _init.Id.ToString(CultureInfo.InvariantCulture);
        _inside = (await File.ReadAllTextAsync($"/proc/{id}/task/{id}/children")).Trim();
        await Tool.RunAsync("ip", ["link", "add", Link, "type", "veth", "peer", "name", "eth0", "netns", _inside]);
        await Tool.RunAsync("ip", ["link", "set", Link, "master", $"rht{_network}", "up"]);
        await RunAsync($"ip addr add {Address}/24 dev eth0; ip link set eth0 up; ip route add default via 10.78.{_network}.254");
        if (parts.Contains("with-systemd"))
        {
            await RunAsync("""
                tries=0
                until systemctl is-active --quiet machine.target 2>&1; do
                    tries=$((tries + 1))
                    [ $tries -lt 1200 ] || { systemctl --no-pager list-jobs; systemctl --no-pager --failed; exit 1; } >&2
                    sleep 0.1
                done
                """);
        }

        await AllowAsync("root", _clientKey);
        await AllowAsync("ada", _clientKey);
        await NewHostKeyAsync();
        await StartServerAsync(sshd);
    }

    /// <summary>Runs a shell's commands on the machine, as root, and gives their output.</summary>
    public Task<string> RunAsync(string script, string? input = null) => Tool.RunAsync("nsenter", ["--all", "--target", _inside, "sh", "-ec", script], input);

    /// <summary>Starts a program on the machine, as root.</summary>
    public Process Start(string program, params string[] arguments) => Tool.Start("nsenter", ["--all", "--target", _inside, program, .. arguments]);

    /// <summary>How many bytes have come to the machine so far, with all that the network puts around them.</summary>
    public long Received => long.Parse(File.ReadAllText($"/sys/class/net/{Link}/statistics/tx_bytes"), CultureInfo.InvariantCulture);

    /// <summary>Lets the owner of a key in.</summary>
    public async Task AllowAsync(string user, string key)
        => await RunAsync($"mkdir -p ~{user}/.ssh; cat >> ~{user}/.ssh/authorized_keys; chown -R {user} ~{user}/.ssh; chmod -R go= ~{user}/.ssh", await File.ReadAllTextAsync(key + ".pub"));

    /// <summary>Gives the machine a host key, the only one; its server is to be started again.</summary>
    public async Task NewHostKeyAsync(string type = "ed25519")
    {
        await RunAsync($"rm -f /run/host_*; ssh-keygen -q -t {type} -N '' -f /run/host_{type}");
        HostKeyText = await HostKeyAsync(type);
    }

    /// <summary>Gives the machine one more host key.</summary>
    public async Task<string> AddHostKeyTextAsync(string type)
    {
        await RunAsync($"ssh-keygen -q -t {type} -N '' -f /run/host_{type}");
        return await HostKeyAsync(type);
    }

    /// <summary>Starts the SSH server.</summary>
    /// <param name="lines">Lines of its configuration that come before the usual ones.</param>
    public async Task StartServerAsync(params string[] lines)
    {
        string keys = string.Join('\n', (await RunAsync("ls /run/host_* | grep -v pub")).Split('\n').Select(static file => "HostKey " + file));
        await RunAsync("cat > /run/sshd_config", $"""
            {string.Join('\n', lines)}
            {keys}
            ListenAddress 0.0.0.0
            PidFile none
            UsePAM no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            MaxStartups 100
            """);
        _server = Tool.Start("nsenter", ["--all", "--target", _inside, "/usr/sbin/sshd", "-D", "-e", "-f", "/run/sshd_config"]);
        while (await _server.StandardError.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("Server listening", StringComparison.Ordinal))
                continue;
            _ = _server.StandardError.ReadToEndAsync();
            return;
        }

        throw new InvalidOperationException("The SSH server of a test host did not start.");
    }

    /// <summary>Kills the server and all its sessions.</summary>
    public async Task KillServerAsync()
    {
        await RunAsync("kill -9 $(grep -l sshd /proc/[0-9]*/comm | cut -d/ -f3)");
        await _server!.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    /// <summary>Kills the server and starts it again.</summary>
    public async Task RestartServerAsync(params string[] lines)
    {
        await KillServerAsync();
        await StartServerAsync(lines);
    }

    /// <summary>Takes the cable out, or puts it in.</summary>
    public Task SetLinkAsync(bool up) => Tool.RunAsync("ip", ["link", "set", Link, up ? "up" : "down"]);

    /// <summary>Makes the way to the machine long, bad or narrow, in both directions.</summary>
    /// <param name="roundTrip">How long a packet takes there and back.</param>
    /// <param name="loss">The share of the packets that are lost in each direction.</param>
    /// <param name="megabits">How much goes through, in Mbit/s; null for as much as comes.</param>
    public async Task SlowDownAsync(TimeSpan roundTrip, double loss = 0, int? megabits = null)
    {
        string bridge = $"rht{_network}", near = Link + "a", far = Link + "b";
        await Tool.RunAsync("ip", ["link", "set", Link, "nomaster"]);
        await Tool.RunAsync("ip", ["link", "add", near, "type", "veth", "peer", "name", far]);
        await Tool.RunAsync("ip", ["link", "set", far, "master", bridge, "up"]);
        await Tool.RunAsync("ip", ["link", "set", near, "up"]);

        // What the devices would leave to the hardware, nobody does here: packets have to be whole and of the usual size.
        string[] whole = ["tso", "off", "gso", "off", "gro", "off", "tx", "off"];
        foreach (string device in (string[])[Link, near, far, bridge])
            await Tool.RunAsync("ethtool", ["-K", device, .. whole]);
        await RunAsync($"ethtool -K eth0 {string.Join(' ', whole)}");
        if (megabits is { } rate)
        {
            string[] shaping = ["root", "tbf", "rate", $"{rate}mbit", "burst", "64kb", "latency", "200ms"];
            await Tool.RunAsync("tc", ["qdisc", "add", "dev", Link, .. shaping]);
            await RunAsync($"tc qdisc add dev eth0 {string.Join(' ', shaping)}");
        }

        _slow = SlowLink.Start(Link, near, roundTrip / 2, loss);
    }

    /// <summary>Drops, or answers, what comes from an address without a word; further ones may be given.</summary>
    /// <param name="rule">What becomes of it, in the words of nft: <c>drop</c>.</param>
    public Task FilterAsync(string rule) => RunAsync("nft -f -", $"table inet fault {{\n chain in {{\n type filter hook input priority 0;\n {rule}\n }}\n}}\n");

    /// <summary>Ends what <see cref="FilterAsync"/> began.</summary>
    public Task UnfilterAsync() => RunAsync("nft delete table inet fault");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_init is null)
            return;
        if (_slow is not null)
        {
            _slow.Dispose();
            await Tool.RunAsync("ip", ["link", "del", Link + "a"]);
        }

        // The cable first: what the machine would still send keeps its network for minutes. All its processes end with its first one.
        await Tool.RunAsync("ip", ["link", "del", Link]);
        _init.StandardInput.Close();
        await _init.WaitForExitAsync();
        if (_server is not null)
            await _server.WaitForExitAsync();

        // A control group is given free a moment after the last of its processes has ended.
        await Tool.RunAsync("bash", ["-c", $$"""
            tries=0
            until left=$(find /sys/fs/cgroup -depth -type d \( -path '*/{{Link}}' -o -path '*/{{Link}}/*' \) ! -exec rmdir {} \; -print 2>/dev/null); [ -z "$left" ]; do
                tries=$((tries + 1))
                [ $tries -lt 1200 ] || { for group in $left; do echo "$group is still of: $(cat "$group/cgroup.procs")"; done; exit 1; } >&2
                sleep 0.05
            done
            """]);
        _server?.Dispose();
        _init.Dispose();
        _init = null;
    }

    private async Task<string> HostKeyAsync(string type) => string.Join(' ', (await RunAsync($"cat /run/host_{type}.pub")).Split(' ')[..2]);
}
