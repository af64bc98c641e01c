using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>Remote code on bare machines that are reached over SSH.</summary>
public sealed class ClusterTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_on_a_bare_machine_runs_there()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync(isBare: true);
        Assert.Equal("none", await machines[0].RunAsync("command -v dotnet || echo none"));

        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        Assert.Equal(await machines[0].RunAsync("hostname"), await Jobs.Remote.On(cluster).MachineAsync());
        Assert.StartsWith("/home/ada/.runhouse/dotnet/", await Jobs.Remote.On(cluster).RuntimeAsync(), StringComparison.Ordinal);
        await using CounterRemote counter = await Counter.Remote.On(cluster).CreateAsync(40);
        Assert.Equal(41, await counter.IncrementAsync());
        Assert.Equal(100_000, await Jobs.Remote.On(cluster).CountAsync(100_000, Stop).CountAsync(Stop));
        byte[] data = new byte[4 << 20];
        Random.Shared.NextBytes(data);
        Assert.Equal(data, await Jobs.Remote.On(cluster).EchoAsync(data));
        Assert.Equal("600", await machines[0].RunAsync("stat -c %a /home/ada/.runhouse/hosts/*/host.json"));
    }

    [Fact]
    [Acceptance(41)]
    public async Task A_call_goes_to_the_host_that_was_chosen()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync(2);
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        for (int i = 0; i < machines.Length; i++)
            Assert.Equal(await machines[i].RunAsync("hostname"), await Jobs.Remote.On(cluster.Host(i)).MachineAsync());
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Host(2));
        Assert.Contains("2 hosts, 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(29)]
    public async Task A_cluster_leaves_the_list_once_it_is_down()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        Assert.Contains(cluster, Cluster.List(), SameName.Instance);
        Assert.Equal(ClusterHostState.Up, Assert.Single((await cluster.StatusAsync(Stop)).Hosts).State);

        // While the machine cannot be asked nobody knows, so that it stays in the list.
        await machines[0].FilterAsync("tcp dport 22 reject with tcp reset");
        await machines[0].RunAsync("pkill -9 -f 'ssh[d]: ada' || true");
        await Assert.ThrowsAsync<HostUnreachableException>(() => cluster.DownAsync(Stop));
        Assert.Contains(cluster, Cluster.List(), SameName.Instance);
        await machines[0].UnfilterAsync();

        Assert.True(await cluster.DownAsync(Stop));
        Assert.DoesNotContain(cluster, Cluster.List(), SameName.Instance);
        Assert.Equal("", await machines[0].RunAsync("pgrep -f '^[^ ]*dotnet exec .*Runhouse.Host' || true"));
        Assert.False(await cluster.DownAsync(Stop));
    }

    [Fact]
    [Acceptance(30)]
    public async Task A_cluster_that_is_up_and_declared_again_with_other_machines_is_an_error_that_shows_both()
    {
        (Cluster cluster, _) = await _clusters.CreateAsync();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        var other = Cluster.Ssh(cluster.Name, "ada@10.255.255.1");
        var error = await Assert.ThrowsAsync<DeploymentException>(() => Jobs.Remote.On(other).AddAsync(1, 1).AsTask());
        Assert.Contains(cluster.HostNames[0], error.Message, StringComparison.Ordinal);
        Assert.Contains("ada@10.255.255.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_whose_machine_is_gone_for_good_is_forgotten()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        await machines[0].FilterAsync("tcp dport 22 drop");
        Assert.True(await cluster.ForgetAsync(Stop));
        Assert.DoesNotContain(cluster, Cluster.List(), SameName.Instance);
        Assert.False(await cluster.ForgetAsync(Stop));

        // It was not gone after all: declared again, the cluster has its host.
        await machines[0].UnfilterAsync();
        Assert.Equal(ClusterHostState.Up, Assert.Single((await cluster.StatusAsync(Stop)).Hosts).State);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Machines_with_one_home_are_hosts_of_their_own()
    {
        // The same machine by two names: its home is on both.
        (_, SshTestHost[] machines) = await _clusters.CreateAsync();
        var cluster = Cluster.Ssh("one-home", $"ada@{machines[0].Address}", $"ada@{machines[0].Address}:22");
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        ClusterHostAccess[] hosts = [.. await cluster.AccessAsync(Stop)];
        Assert.NotEqual(hosts[0].Address!.Port, hosts[1].Address!.Port);
        await using (CounterRemote counter = await Counter.Remote.On(cluster.Host(1)).CreateAsync(1))
            Assert.Equal(2, await counter.IncrementAsync());
        Assert.Equal("one-home@0 one-home@1", await machines[0].RunAsync("cd ~ada/.runhouse/hosts && echo *"));
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal("", await machines[0].RunAsync("pgrep -f '^[^ ]*dotnet exec .*Runhouse.Host' || true"));
    }

    private sealed class SameName : IEqualityComparer<Cluster>
    {
        public static readonly SameName Instance = new();

        public bool Equals(Cluster? x, Cluster? y) => x?.Name == y?.Name;

        public int GetHashCode(Cluster obj) => obj.Name.GetHashCode(StringComparison.Ordinal);
    }
}
