using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>Slurm's commands where others have said something to them, and steps of a job that has no room for them.</summary>
[Collection("slurm")]
public sealed class SlurmStepTests(SlurmMachines machines) : IAsyncLifetime
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task Variables_of_a_job_that_the_caller_runs_in_or_of_its_profile_decide_nothing()
    {
        SlurmMachines.Require();
        (string Name, string Value)[] variables =
        [
            ("SLURM_JOB_ID", "4711"), ("SLURM_JOBID", "4711"), ("SLURM_NTASKS", "7"), ("SLURM_NNODES", "3"), ("SLURM_MEM_PER_CPU", "64"), ("SLURM_CPUS_PER_TASK", "9"), ("SLURM_EXPORT_ENV", "NONE"),
            ("SLURM_CLUSTERS", "other"), ("SBATCH_PARTITION", "closed"), ("SBATCH_ACCOUNT", "nobody"), ("SBATCH_TIMELIMIT", "1"), ("SBATCH_GRES", "gpu:h100:1"),
            ("SQUEUE_PARTITION", "gpu"), ("SQUEUE_STATES", "PENDING"), ("SINFO_PARTITION", "gpu"), ("SCANCEL_STATE", "PENDING"), ("SRUN_CPUS_PER_TASK", "9"),
        ];
        await machines.FromHereAsync(async () =>
        {
            foreach ((string name, string value) in variables)
                Environment.SetEnvironmentVariable(name, value);
            try
            {
                Cluster cluster = Cluster.OnDemand("inside", Needs);
                Assert.StartsWith("h", await Jobs.Remote.On(cluster).MachineAsync(), StringComparison.Ordinal);
                Assert.NotEqual("4711", await Jobs.Remote.On(cluster).VariableAsync("SLURM_JOB_ID"));
                Assert.Equal("debug", (await cluster.StatusAsync(Stop)).Allocation!.Place);
                Assert.True(await cluster.DownAsync(Stop));
            }
            finally
            {
                foreach ((string name, _) in variables)
                    Environment.SetEnvironmentVariable(name, null);
            }
        });
        Assert.Equal("", await machines.RunAsync("squeue --noheader --user=root"));
    }

    [Fact]
    public async Task A_command_that_gets_no_room_within_its_job_is_an_error_that_says_so()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("crowded", Needs);
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        string job = Assert.Single(await machines.JobsAsync("crowded")).Split(' ')[0];

        // Whoever wraps srun so that steps share nothing.
        await machines.Login.RunAsync("cat > /usr/local/bin/srun; chmod 755 /usr/local/bin/srun", """
            #!/bin/sh
            for word; do
                shift
                case $word in --overlap | --mem=0) ;; *) set -- "$@" "$word" ;; esac
            done
            exec /usr/bin/srun "$@"
            """);
        try
        {
            await SlurmMachines.WithAsync("RUNHOUSE__ConnectTimeout", "1s", async () =>
            {
                ClusterHostStatus host = Assert.Single((await cluster.StatusAsync(Stop)).Hosts);
                Assert.Equal(ClusterHostState.Unknown, host.State);
                Assert.Contains("had no room beside the job's other steps for 1 s: srun: error: Unable to create step", host.Problem, StringComparison.Ordinal);
                Assert.Contains($"squeue --steps --jobs={job}", host.Problem, StringComparison.Ordinal);
            });
        }
        finally
        {
            await machines.Login.RunAsync("rm /usr/local/bin/srun");
        }

        Assert.True(await cluster.DownAsync(Stop));
    }
}
