using System.Collections.Concurrent;
using System.Globalization;
using Runhouse.Runtime.Client;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>
/// Clusters of machines of the tests' network, as a program uses them: this process' own configuration leads to a home and to SSH files of this run,
/// which know every machine that is added.
/// </summary>
public sealed class SshClusters
{
    private static readonly Lock Gate = new();
    private static SshClusters? _ofThisRun;
    private static int _clusters;

    private readonly SshNetwork _network;
    private readonly ConcurrentDictionary<string, bool> _takingPackages = new(StringComparer.Ordinal);

    private SshClusters(SshNetwork network)
    {
        _network = network;
        Home = Path.Combine(network.Folder, "runhouse");
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Home);
        Environment.SetEnvironmentVariable("RUNHOUSE__Ssh__ConfigFile", ConfigFile);
        Environment.SetEnvironmentVariable("RUNHOUSE__ConnectTimeout", "60s");
        RunhouseRuntime.Prepare(options => options.Ssh.TakesPackages = _takingPackages.ContainsKey);
    }

    /// <summary>Runhouse's folder of this run.</summary>
    public string Home { get; }

    /// <summary>The SSH configuration of this process.</summary>
    public string ConfigFile => Path.Combine(_network.Folder, "cluster_config");

    private string KnownHosts => Path.Combine(_network.Folder, "cluster_known");

    /// <summary>The clusters of this run.</summary>
    /// <param name="network">The network of this run.</param>
    public static SshClusters In(SshNetwork network)
    {
        lock (Gate)
            return _ofThisRun ??= new SshClusters(network);
    }

    /// <summary>A cluster of new machines.</summary>
    /// <param name="hosts">How many.</param>
    /// <param name="isBare">Whether they have no .NET.</param>
    /// <param name="takesPackages">Whether they pass for machines of another platform, which this machine's own .NET would not run on.</param>
    public async Task<(Cluster Cluster, SshTestHost[] Machines)> CreateAsync(int hosts = 1, bool isBare = false, bool takesPackages = false)
    {
        SshTestHost[] machines = await Task.WhenAll(Enumerable.Range(0, hosts).Select(_ => _network.AddHostAsync(hasDotnet: !isBare)));
        await TrustAsync(machines);
        Cluster cluster = Declare(machines);
        foreach (string host in cluster.HostNames.Where(_ => takesPackages))
            _takingPackages[host] = true;
        return (cluster, machines);
    }

    /// <summary>A cluster of a new machine that systemd runs on.</summary>
    public async Task<(Cluster Cluster, SshTestHost Machine)> CreateManagedAsync()
    {
        SshTestHost machine = await _network.AddManagedHostAsync();
        await TrustAsync(machine);
        return (Declare(machine), machine);
    }

    /// <summary>A cluster of machines.</summary>
    /// <param name="machines">The machines.</param>
    public static Cluster Declare(params SshTestHost[] machines)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _clusters)}");
        return Cluster.Ssh(name, [.. machines.Select(static machine => $"ada@{machine.Address}")]);
    }

    /// <summary>Lets this process know machines, and log in to them.</summary>
    /// <param name="machines">The machines.</param>
    public async Task TrustAsync(params SshTestHost[] machines)
    {
        string key = await _network.KeyAsync("id");
        lock (Gate)
        {
            File.WriteAllText(ConfigFile, $"Host *\n  IdentityFile {key}\n  IdentityAgent none\n  UserKnownHostsFile {KnownHosts}\n");
            File.AppendAllLines(KnownHosts, machines.Select(static machine => $"{machine.Address} {machine.HostKey.ToLine()}"));
        }
    }
}
