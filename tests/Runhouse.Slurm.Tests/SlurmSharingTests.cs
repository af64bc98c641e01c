using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>Nodes and homes that several have: a job takes no more than its part, and two of one name and one user do not meet.</summary>
[Collection("slurm")]
public sealed class SlurmSharingTests(SlurmMachines machines) : IAsyncLifetime
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Code_has_the_processors_and_the_memory_of_its_job_where_Slurm_confines_it_to_neither()
    {
        SlurmMachines.Require();
        Cluster part = Cluster.OnDemand("part", Needs);
        int[] room = await Jobs.Remote.On(part).RoomAsync();
        Assert.Equal(1, room[0]);
        Assert.InRange(room[1], 1, 512);
        await Assert.ThrowsAsync<CapacityException>(() => Jobs.Remote.On(part).Needing(Resources.Parse(cpus: "2")).RoomAsync().AsTask());
        Assert.Equal(1, Assert.Single((await part.StatusAsync(Stop)).Hosts).Status!.Machine.Cores);
        Assert.True(await part.DownAsync(Stop));

        // Memory that is given with each processor.
        await SlurmMachines.WithAsync("RUNHOUSE__Slurm__Arguments", "--mem-per-cpu=200", async () =>
        {
            Cluster whole = Cluster.OnDemand("whole", Resources.Parse(cpus: "2", provider: "slurm"));
            room = await Jobs.Remote.On(whole).RoomAsync();
            Assert.Equal(2, room[0]);
            Assert.InRange(room[1], 1, 400);
            Assert.True(await whole.DownAsync(Stop));
        });
    }

    [Fact]
    public async Task Two_homes_whose_clusters_have_one_name_and_one_home_on_the_nodes_have_each_their_own_host()
    {
        SlurmMachines.Require();

        // On one node, which has room for both.
        await SlurmMachines.WithAsync("RUNHOUSE__Slurm__Arguments", "--nodelist=h2", async () =>
        {
            Cluster cluster = Cluster.OnDemand("twice", Needs);
            string? first = await Jobs.Remote.On(cluster).VariableAsync("SLURM_JOB_ID");
            await SlurmMachines.WithAsync("RUNHOUSE_HOME", Path.Combine(machines.Home, "another"), async () =>
            {
                string? second = await Jobs.Remote.On(cluster).VariableAsync("SLURM_JOB_ID");
                Assert.NotEqual(first, second);
                Assert.Equal([first, second], (await machines.JobsAsync("twice")).Select(static job => job.Split(' ')[0]));
                Assert.True(await cluster.DownAsync(Stop));
            });
            Assert.Equal(first, await Jobs.Remote.On(cluster).VariableAsync("SLURM_JOB_ID"));
            Assert.True(await cluster.DownAsync(Stop));
        });
    }
}
