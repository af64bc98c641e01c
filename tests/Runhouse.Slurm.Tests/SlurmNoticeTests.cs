using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>A job whose end Slurm tells before: code is told as well, and calls that are left fail with the reason.</summary>
[Collection("slurm")]
public sealed class SlurmNoticeTests(SlurmMachines machines) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Code_is_told_that_its_node_is_given_to_a_job_that_goes_before_where_the_partition_leaves_time()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("told", Resources.Parse(cpus: "1", memory: "0.5", region: "grace", provider: "slurm"));
        string other = "";
        await AssertToldAsync(cluster, WorkerLossReason.Preempted, async _ => other = await machines.OccupyAsync("--partition=high --nodes=2 --exclusive"));
        await machines.RunAsync($"scancel {other}");

        // What is gone is not waited for: the next call has another job.
        Assert.StartsWith("h", await Jobs.Remote.On(cluster).MachineAsync(), StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Calls_say_that_their_node_was_given_to_a_job_that_goes_before_also_where_their_host_was_gone_before_it_could_be_asked()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("gone-before", Resources.Parse(cpus: "1", memory: "0.5", region: "grace", provider: "slurm"));
        string job = "";
        string other = "";
        var error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (DateTimeOffset? endsAt in Jobs.Remote.On(cluster).WatchEndAsync())
            {
                if (endsAt is null)
                {
                    job = Assert.Single(await machines.JobsAsync(cluster.Name)).Split(' ')[0];
                    other = await machines.OccupyAsync("--partition=high --nodes=2 --exclusive");
                }
                else
                {
                    await Assert.ThrowsAnyAsync<RemoteException>(async () => await Jobs.Remote.On(cluster).KillHostAsync());
                }
            }
        });
        Assert.Equal(WorkerLossReason.Preempted, error.Reason);

        // By itself, as it had nothing to do any more, and before Slurm took it.
        await machines.UntilAsync($"squeue --noheader --states=all --job={job} --format=%T", "COMPLETED");
        await machines.RunAsync($"scancel {other}");
        Assert.True(await cluster.ForgetAsync(Stop));
    }

    [Fact]
    public async Task Code_is_told_that_the_time_of_its_job_is_about_to_be_over()
    {
        SlurmMachines.Require();
        await SlurmMachines.WithAsync("RUNHOUSE__Slurm__Time", "1h", async () =>
        {
            Cluster cluster = Cluster.OnDemand("timed", Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm"));

            // Slurm looks at times each half a minute, and its signal is to come before the end.
            await AssertToldAsync(cluster, WorkerLossReason.Evicted, job => machines.RunAsync($"scontrol update jobid={job} EndTime=now+45"));
            Assert.True(await cluster.ForgetAsync(Stop));
        });
    }

    [Fact]
    public async Task All_nodes_of_a_job_that_is_taken_away_are_told()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("gang-told", Resources.Parse(cpus: "1", memory: "0.5", region: "grace", provider: "slurm"), count: 2);
        var both = new TaskCompletionSource<string>();
        int begun = 0;
        string own = "";
        Task watching = Task.WhenAll(Enumerable.Range(0, 2).Select(host => AssertToldAsync(cluster.Host(host), WorkerLossReason.Preempted, async job =>
        {
            own = job;
            if (Interlocked.Increment(ref begun) != 2)
                return;

            // As it has none where Slurm's main scheduler starts it, and a year where the one that fills gaps does.
            await machines.Login.RunAsync($"scontrol update jobid={job} timelimit=UNLIMITED");
            both.SetResult(await machines.OccupyAsync("--partition=high --nodes=2 --exclusive"));
        })));
        await await Task.WhenAny(watching, both.Task);
        await watching;
        await machines.RunAsync($"scancel {await both.Task}");

        // The nodes were given back before Slurm took them.
        await machines.UntilAsync($"squeue --noheader --states=all --job={own} --format=%T", "COMPLETED");
        Assert.True(await cluster.ForgetAsync(Stop));
    }

    private async Task AssertToldAsync(Cluster cluster, WorkerLossReason reason, Func<string, Task> end)
    {
        var said = new List<DateTimeOffset?>();
        var error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (DateTimeOffset? endsAt in Jobs.Remote.On(cluster).WatchEndAsync())
            {
                said.Add(endsAt);
                if (endsAt is null)
                    await end(Assert.Single(await machines.JobsAsync(cluster.Name)).Split(' ')[0]);
            }
        });
        Assert.Equal((2, true), (said.Count, said[^1] is not null));
        Assert.Equal(reason, error.Reason);
    }
}
