using System.Security.Cryptography;
using Runhouse.Runtime.Client;
using Runhouse.Ssh.Network;

namespace Runhouse.Slurm.Machines;

/// <summary>
/// A cluster that Slurm itself runs, on machines of this run: one to log in to, with the controller, and three nodes, of which the last has accelerators. Jobs of the partition
/// <c>high</c> take the nodes from those of <c>debug</c>, and from those of <c>grace</c> after 15 seconds. This process' configuration leads to it, and to a home of this run.
/// </summary>
public sealed class SlurmMachines : IAsyncLifetime
{
    private const string Install = "apt-get install -y slurm-wlm munge";

    private static readonly string[] Programs = ["/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/sbin/munged", "/usr/bin/sbatch"];

    private readonly string _home = Directory.CreateTempSubdirectory("rh-slurm-").FullName;
    private SshMachines? _network;
    private SshTestHost[] _machines = [];

    /// <summary>Runhouse's folder of this run.</summary>
    public string Home => _home;

    /// <summary>Whether there can be such machines here.</summary>
    public bool IsUp => _machines.Length > 0;

    /// <summary>The machine that is logged in to.</summary>
    public SshTestHost Login => _machines[0];

    /// <summary>The nodes.</summary>
    public IReadOnlyList<SshTestHost> Nodes => [.. _machines.Skip(1)];

    /// <summary>Skips a test where there can be no such machines, and fails it in CI.</summary>
    public static void Require()
    {
        if (FindObstacle() is not { } obstacle)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(obstacle);
        Assert.Skip(obstacle);
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (FindObstacle() is not null)
            return;
        _network = new SshMachines();
        _machines = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _network.AddAsync(hasDotnet: true)));
        _machines = [.. _machines.OrderBy(static one => one.Address, StringComparer.Ordinal)];
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(128));
        await Task.WhenAll(_machines.Select(machine => machine.RunAsync("""
            mkdir -p /etc/slurm /etc/munge /run/munge /var/lib/munge /var/log/munge /run/slurm/state /run/slurm/spool
            chown root /etc/munge /run/munge /var/lib/munge /var/log/munge; chmod 755 /run/munge; chmod 700 /etc/munge /var/lib/munge /var/log/munge
            sed '/^--$/,$d' > /etc/slurm/slurm.conf
            echo 'CgroupPlugin=cgroup/v1' > /etc/slurm/cgroup.conf
            touch /run/gpu0 /run/gpu1
            """, Configuration())));
        await Task.WhenAll(_machines.Select(machine => machine.RunAsync("base64 -d > /etc/munge/munge.key; chmod 400 /etc/munge/munge.key; munged --force", key)));
        await Nodes[2].RunAsync("echo 'Name=gpu Type=a100 File=/run/gpu[0-1]' > /etc/slurm/gres.conf");
        _ = Login.Start("slurmctld", "-D");
        foreach (SshTestHost node in Nodes)
            _ = node.Start("slurmd", "-D");
        await Login.RunAsync("""
            tries=0
            until [ "$(sinfo --noheader --all --Node --format='%N %T' 2>/dev/null | sort -u | grep -c ' idle')" = 3 ]; do
                tries=$((tries + 1))
                [ $tries -lt 200 ] || { sinfo --all; tail -n 20 /run/slurm/ctld.log; exit 1; } >&2
                sleep 0.1
            done
            """);
        await ConfigureAsync();
    }

    /// <summary>Runs Slurm's commands as the user who logs in, and gives their output.</summary>
    /// <param name="command">The commands.</param>
    public Task<string> RunAsync(string command) => Login.RunAsync($"su ada -c {Quote(command)}");

    /// <summary>The jobs of a cluster that have not ended, oldest first: number, state and nodes.</summary>
    /// <param name="cluster">The cluster.</param>
    public async Task<string[]> JobsAsync(string cluster)
        => (await RunAsync("squeue --noheader --me --sort=i --format='%i %T %N %k'")).Split('\n').Where(line => line.TrimEnd().EndsWith($" cluster={cluster}", StringComparison.Ordinal)).ToArray();

    /// <summary>Keeps a node busy, until what this gives is cancelled.</summary>
    /// <param name="arguments">More arguments for <c>sbatch</c>.</param>
    /// <returns>The number of the job.</returns>
    public Task<string> OccupyAsync(string arguments) => RunAsync($"sbatch --parsable --output=/dev/null {arguments} --wrap 'sleep 600'");

    /// <summary>Ends what a test that failed has left, so that it stands in nobody's way.</summary>
    public async Task ClearAsync()
    {
        if (!IsUp)
            return;
        await RunAsync("scancel --user=ada");
        foreach (string name in Cluster.Names())
            await Cluster.Get(name).ForgetAsync();
    }

    /// <summary>Does something with Slurm's commands on this machine, and nobody who logs in: they run where the controller is, as this user, who is another one than the one who logs in.</summary>
    /// <param name="work">What to do.</param>
    public async Task FromHereAsync(Func<Task> work)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_home, "commands")).FullName;
        foreach (string command in (string[])["sbatch", "squeue", "sinfo", "srun", "scancel", "scontrol"])
        {
            string path = Path.Combine(folder, command);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\nexec nsenter --mount={Login.NetworkNamespace[..^3]}mnt --net={Login.NetworkNamespace} {command} \"$@\"\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        await WithAsync("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}", () => WithAsync("RUNHOUSE__Slurm__Login", null, () => WithAsync("SLURM_CONF", "/etc/slurm/slurm.conf", work)));
    }

    /// <summary>Waits until a command of Slurm's says something, for two minutes and more.</summary>
    /// <param name="command">The command.</param>
    /// <param name="words">What it is to say.</param>
    public Task UntilAsync(string command, string words) => RunAsync($$"""
        tries=0
        until said=$({{command}}); [ "$said" = {{Quote(words)}} ]; do
            tries=$((tries + 1))
            [ $tries -lt 1200 ] || { echo "It says: $said"; exit 1; } >&2
            sleep 0.1
        done
        """);

    /// <summary>Does something with another configuration.</summary>
    /// <param name="variable">The variable that has it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="work">What to do.</param>
    public static async Task WithAsync(string variable, string? value, Func<Task> work)
    {
        await LeaveAsync();
        string? before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            await work();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
            await LeaveAsync();
        }
    }

    /// <summary>Ends what this program has open, as when it ends.</summary>
    public static async Task LeaveAsync() => await RunhouseRuntime.Current.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunhouseRuntime.Current.DisposeAsync();
        if (_network is not null)
            await _network.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    private static string? FindObstacle() => SshMachines.FindObstacle()
        ?? (Programs.FirstOrDefault(static path => !File.Exists(path)) is { } missing ? $"A cluster of Slurm's own takes its programs; missing: {missing}. As root: {Install}" : null);

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private async Task ConfigureAsync()
    {
        string known = Path.Combine(_home, "known");
        string config = Path.Combine(_home, "ssh_config");
        await File.WriteAllTextAsync(known, $"{Login.Address} {Login.HostKeyText}\n");
        await File.WriteAllTextAsync(config, $"Host *\n  IdentityFile {await _network!.KeyAsync("id")}\n  IdentityAgent none\n  UserKnownHostsFile {known}\n");
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Path.Combine(_home, "runhouse"));
        Environment.SetEnvironmentVariable("RUNHOUSE__ConnectTimeout", "60s");
        Environment.SetEnvironmentVariable("RUNHOUSE__Ssh__ConfigFile", config);

        // A connection that closes with the way under it is not waited for.
        Environment.SetEnvironmentVariable("RUNHOUSE__Limits__SessionGraceSeconds", "2");
        Environment.SetEnvironmentVariable("RUNHOUSE__Slurm__Login", $"ada@{Login.Address}");
        RunhouseRuntime.Use(null);
    }

    private string Configuration()
    {
        string nodes = string.Join('\n', Nodes.Select((node, index) => $"NodeName=h{index + 2} NodeAddr={node.Address} CPUs=2 RealMemory=4000 {(index == 2 ? "Gres=gpu:a100:2 Feature=large " : "")}State=UNKNOWN"));
        return $"""
            ClusterName=rh
            SlurmctldHost=h1({Login.Address})
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            StateSaveLocation=/run/slurm/state
            SlurmdSpoolDir=/run/slurm/spool
            SlurmctldPidFile=/run/slurm/ctld.pid
            SlurmdPidFile=/run/slurm/slurmd.pid
            SlurmctldLogFile=/run/slurm/ctld.log
            SlurmdLogFile=/run/slurm/slurmd.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU_Memory
            DefMemPerNode=500
            GresTypes=gpu
            MpiDefault=none
            KillWait=10
            ReturnToService=2
            PreemptType=preempt/partition_prio
            PreemptMode=CANCEL
            {nodes}
            PartitionName=debug Nodes=h2,h3 Default=YES MaxTime=INFINITE State=UP PriorityTier=1
            PartitionName=gpu Nodes=h4 MaxTime=60 State=UP PriorityTier=1
            PartitionName=grace Nodes=h2,h3 MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=15
            PartitionName=high Nodes=h2,h3 MaxTime=60 State=UP PriorityTier=10 PreemptMode=OFF
            PartitionName=closed Nodes=h2 AllowGroups=nogroup State=UP PriorityTier=1
            --
            """;
    }
}
