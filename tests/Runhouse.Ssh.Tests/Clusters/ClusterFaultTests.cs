using System.Globalization;
using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>What goes wrong with machines and with the ways to them while remote code runs there.</summary>
public sealed class ClusterFaultTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_outlives_the_connection_that_it_was_made_over()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        (Task<int> call, Task began) = Begin(cluster, "/tmp/go");
        await began;
        await machines[0].RunAsync("pkill -9 -f 'ssh[d]: ada'");
        await machines[0].RunAsync("touch /tmp/go; chmod a+r /tmp/go");
        Assert.Equal(1, await call);
    }

    [Fact]
    public async Task A_call_outlives_twenty_seconds_without_a_network()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        (Task<int> call, Task began) = Begin(cluster, "/tmp/go");
        await began;
        await machines[0].SetLinkAsync(up: false);
        await machines[0].RunAsync("touch /tmp/go; chmod a+r /tmp/go");
        await Task.Delay(TimeSpan.FromSeconds(20), Stop);
        await machines[0].SetLinkAsync(up: true);
        Assert.Equal(1, await call);
    }

    [Fact]
    public async Task A_way_of_80_ms_that_loses_2_of_100_packets_carries_a_host_calls_streams_and_files()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await machines[0].SlowDownAsync(TimeSpan.FromMilliseconds(80), loss: 0.02);
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        Assert.Equal(await machines[0].RunAsync("hostname"), await Jobs.Remote.On(cluster).MachineAsync());
        byte[] data = new byte[100_000];
        Random.Shared.NextBytes(data);
        Task<int> stream = Jobs.Remote.On(cluster).CountAsync(20_000, Stop).CountAsync(Stop).AsTask();
        Task<byte[]> echo = Jobs.Remote.On(cluster).EchoAsync(data).AsTask();
        int[] sums = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Jobs.Remote.On(cluster).AddAsync(i, 1).AsTask()));
        Assert.Equal(Enumerable.Range(1, 50), sums);
        Assert.Equal(20_000, await stream);
        Assert.Equal(data, await echo);
    }

    [Fact]
    public async Task A_host_that_is_killed_takes_its_calls_along_and_the_next_call_starts_another_one()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        (Task<int> call, Task began) = Begin(cluster, "/tmp/never");
        await began;
        int before = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        await machines[0].RunAsync(string.Create(CultureInfo.InvariantCulture, $"kill -9 {before}"));
        await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(2, await Jobs.Remote.On(cluster).AddAsync(1, 1));
        Assert.NotEqual(before, (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId);
    }

    [Fact]
    public async Task A_machine_that_starts_anew_is_a_host_again_with_the_next_call()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        (Task<int> call, Task began) = Begin(cluster, "/tmp/never");
        await began;
        await machines[0].RunAsync("pkill -9 -u ada || true; pkill -9 sshd");
        await machines[0].StartServerAsync();
        await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(3, await Jobs.Remote.On(cluster).AddAsync(1, 2));
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_is_named_with_the_option_that_moves_it()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync();
        await machines[0].RunAsync("chown root ~ada; chmod 555 ~ada");
        var error = await Assert.ThrowsAsync<DeploymentException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("/home/ada/.runhouse", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:Ssh:Directory", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Cluster.List(), saved => saved.Name == cluster.Name);
    }

    [Fact]
    public async Task A_disk_without_room_is_told_before_anything_is_sent_and_room_mends_it()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync(isBare: true);
        await machines[0].RunAsync("mkdir ~ada/.runhouse; mount -t tmpfs -o size=20m,uid=$(id -u ada),mode=700 tmpfs ~ada/.runhouse");
        var error = await Assert.ThrowsAsync<DeploymentException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("20 MiB free", error.Message, StringComparison.Ordinal);
        await machines[0].RunAsync("umount ~ada/.runhouse; chown ada ~ada/.runhouse");
        Assert.Equal(2, await Jobs.Remote.On(cluster).AddAsync(1, 1));
    }

    private static (Task<int> Call, Task Began) Begin(Cluster cluster, string file)
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> call = Jobs.Remote.On(cluster).WaitForFileAsync(file, new Beginning(began), Stop);
        return (call, began.Task.WaitAsync(TimeSpan.FromSeconds(120), Stop));
    }

    private sealed class Beginning(TaskCompletionSource began) : IProgress<int>
    {
        public void Report(int value) => began.TrySetResult();
    }
}
