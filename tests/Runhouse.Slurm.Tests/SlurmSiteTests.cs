using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>A cluster whose job is of one user of one Slurm, and a configuration that leads to another one, where that job is not to be seen.</summary>
[Collection("slurm")]
public sealed class SlurmSiteTests(SlurmMachines machines) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task What_runs_elsewhere_is_not_taken_for_gone_and_is_asked_for_there()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("there", Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm"));
        string node = await Jobs.Remote.On(cluster).MachineAsync();
        string job = Assert.Single(await machines.JobsAsync("there"));

        // Another user of the same Slurm, from another machine.
        await machines.FromHereAsync(async () =>
        {
            foreach (Cluster same in (Cluster[])[cluster, Cluster.Get("there")])
            {
                var error = await Assert.ThrowsAsync<CredentialsException>(() => same.DownAsync(Stop));
                Assert.Contains("ada on Slurm's cluster rh", error.Message, StringComparison.Ordinal);
                Assert.Contains("root on Slurm's cluster rh", error.Message, StringComparison.Ordinal);
                Assert.Contains($"Runhouse:Slurm:Login = ada@{machines.Login.Address}", error.Message, StringComparison.Ordinal);
                Assert.Contains("runhouse down there --forget", error.Message, StringComparison.Ordinal);
                await Assert.ThrowsAsync<CredentialsException>(() => same.UpIfNotAsync(cancellationToken: Stop));
            }

            ClusterHostStatus host = Assert.Single((await cluster.StatusAsync(Stop)).Hosts);
            Assert.Equal((ClusterHostState.Unknown, true), (host.State, host.IsRefused));
            Assert.Contains("ada on Slurm's cluster rh", host.Problem, StringComparison.Ordinal);
            Assert.DoesNotContain(await Cluster.CollectAsync(cancellationToken: Stop), static one => one.Machine.Cluster == "there");
            Assert.Contains("there", Cluster.Names());
            Assert.Equal("", await machines.RunAsync("squeue --noheader --user=root"));
        });

        // By the same way as before it is all there.
        Assert.Equal(job, Assert.Single(await machines.JobsAsync("there")));
        Assert.Equal(node, await Jobs.Remote.On(cluster).MachineAsync());
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await machines.JobsAsync("there"));
        Assert.DoesNotContain("there", Cluster.Names());
    }

    [Fact]
    public async Task What_may_be_of_a_cluster_that_is_elsewhere_by_now_is_collected_when_the_cluster_is_down()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("moved", Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm"));
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        string job = Assert.Single(await machines.JobsAsync("moved")).Split(' ')[0];
        Assert.True(await cluster.ForgetAsync(Stop));
        await machines.FromHereAsync(() => cluster.UpIfNotAsync(cancellationToken: Stop));

        // A Slurm whose name or controller is another one than it was is to be told from another Slurm by nothing.
        CollectedMachine kept = Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop));
        Assert.Equal((job, CollectOutcome.InUse), (kept.Machine.Id, kept.Outcome));
        Assert.Contains("cluster 'moved' is saved as root on Slurm's cluster rh", kept.Problem, StringComparison.Ordinal);
        Assert.Contains("this is ada on Slurm's cluster rh", kept.Problem, StringComparison.Ordinal);
        Assert.Equal(job, Assert.Single(await machines.JobsAsync("moved")).Split(' ')[0]);
        await machines.FromHereAsync(async () =>
        {
            Assert.Equal((CollectOutcome.InUse, null), Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop)) switch { var one => (one.Outcome, one.Problem) });
            Assert.True(await cluster.DownAsync(Stop));
        });

        CollectedMachine left = Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop));
        Assert.Equal((job, CollectOutcome.Ended), (left.Machine.Id, left.Outcome));
    }
}
