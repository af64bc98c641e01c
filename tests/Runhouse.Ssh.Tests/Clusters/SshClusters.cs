using System.Globalization;
using Runhouse.Ssh.Network;

[assembly: AssemblyFixture(typeof(Runhouse.Ssh.Clusters.SshClusters))]

namespace Runhouse.Ssh.Clusters;

/// <summary>
/// Clusters of machines of the tests' network, as a program uses them: this process' own configuration leads to a home and to SSH files of this run,
/// which know every machine that is added.
/// </summary>
public sealed class SshClusters : IAsyncLifetime
{
    private static int _clusters;

    private readonly SshNetwork _network;
    private readonly List<Cluster> _up = [];

    /// <summary>Sets this process up; the network comes before.</summary>
    public SshClusters(SshNetwork network)
    {
        _network = network;
        Home = Path.Combine(network.Folder, "runhouse");
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Home);
        Environment.SetEnvironmentVariable("RUNHOUSE__Ssh__ConfigFile", ConfigFile);
        Environment.SetEnvironmentVariable("RUNHOUSE__ConnectTimeout", "60s");
    }

    /// <summary>Runhouse's folder of this run.</summary>
    public string Home { get; }

    /// <summary>The SSH configuration of this process.</summary>
    public string ConfigFile => Path.Combine(_network.Folder, "cluster_config");

    private string KnownHosts => Path.Combine(_network.Folder, "cluster_known");

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => default;

    /// <summary>A cluster of new machines.</summary>
    /// <param name="hosts">How many.</param>
    public async Task<(Cluster Cluster, SshTestHost[] Machines)> CreateAsync(int hosts = 1)
    {
        SshTestHost[] machines = await Task.WhenAll(Enumerable.Range(0, hosts).Select(_ => _network.AddHostAsync()));
        await TrustAsync(machines);
        return (Declare(machines), machines);
    }

    /// <summary>A cluster of machines.</summary>
    /// <param name="machines">The machines.</param>
    public Cluster Declare(params SshTestHost[] machines)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _clusters)}");
        var cluster = Cluster.Ssh(name, [.. machines.Select(static machine => $"ada@{machine.Address}")]);
        lock (_up)
            _up.Add(cluster);
        return cluster;
    }

    /// <summary>Lets this process know machines, and log in to them.</summary>
    /// <param name="machines">The machines.</param>
    public async Task TrustAsync(params SshTestHost[] machines)
    {
        string key = await _network.KeyAsync("id");
        lock (_up)
        {
            File.WriteAllText(ConfigFile, $"Host *\n  IdentityFile {key}\n  IdentityAgent none\n  UserKnownHostsFile {KnownHosts}\n");
            File.AppendAllLines(KnownHosts, machines.Select(static machine => $"{machine.Address} {machine.HostKey.ToLine()}"));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;
}
