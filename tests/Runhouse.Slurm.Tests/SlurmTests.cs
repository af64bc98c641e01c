using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Runhouse.Runtime.Allocations;
using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>Remote code on nodes that Slurm places, from the first call to the end of the job; Slurm's commands run on a machine that is logged in to.</summary>
[Collection("slurm")]
public sealed class SlurmTests(SlurmMachines machines) : IAsyncLifetime
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task A_call_has_a_job_made_and_runs_on_its_node_and_down_ends_it()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("first", Needs);
        Assert.Equal("slurm", cluster.Provider);

        string node = await Jobs.Remote.On(cluster).MachineAsync();

        string[] job = Assert.Single(await machines.JobsAsync("first")).Split(' ');
        Assert.Equal(("RUNNING", node), (job[1], job[2]));
        ClusterStatus status = await cluster.StatusAsync(Stop);
        Assert.Equal(ClusterHostState.Up, Assert.Single(status.Hosts).State);
        Assert.Null(status.Cost);
        Assert.Equal((job[0], AllocationState.Running, "debug", node), (status.Allocation!.Id, status.Allocation.State, status.Allocation.Place, Assert.Single(status.Allocation.Nodes).Name));

        // The node has more, of which the job has no part.
        await Assert.ThrowsAsync<CapacityException>(() => Jobs.Remote.On(cluster).Needing(Resources.Parse(memory: "1")).MachineAsync().AsTask());

        // Another program has the same job, by name or by declaration.
        Assert.Equal(node, await Jobs.Remote.On(Cluster.Get("first")).MachineAsync());
        Assert.Equal(3, await Jobs.Remote.On(cluster).CountAsync().Skip(3).FirstAsync(Stop));
        Assert.Equal(CollectOutcome.InUse, Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop)).Outcome);

        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await machines.JobsAsync("first"));
        Assert.Equal("CANCELLED", await machines.RunAsync($"squeue --noheader --states=all --job={job[0]} --format=%T"));
        Assert.Equal("", await machines.Nodes[node == "h2" ? 0 : 1].RunAsync("ls -d /tmp/rh-* || true"));
        Assert.DoesNotContain("first", Cluster.Names());
    }

    [Fact]
    public async Task A_queue_that_is_full_is_waited_in_and_says_why()
    {
        SlurmMachines.Require();
        string other = await machines.OccupyAsync("--nodes=2 --exclusive");
        await machines.UntilAsync($"squeue --noheader --job={other} --format=%T", "RUNNING");
        Cluster cluster = Cluster.OnDemand("full", Needs);
        var said = new ConcurrentQueue<ProvisioningProgress>();
        Task up = cluster.UpIfNotAsync(new Recorder(said), Stop);
        while (!said.Any(static one => one.Line?.Contains("Resources", StringComparison.Ordinal) is true))
            await Task.Delay(20, Stop);
        Assert.All(said, static one => Assert.Equal(ProvisioningStage.Queued, one.Stage));
        ClusterStatus status = await cluster.StatusAsync(Stop);
        Assert.Equal((ClusterHostState.Queued, AllocationState.Queued, "PENDING: Resources"), (Assert.Single(status.Hosts).State, status.Allocation!.State, status.Allocation.Reason));

        await machines.RunAsync($"scancel {other}");
        await up;
        Assert.Equal(status.Allocation.Id, (await cluster.StatusAsync(Stop)).Allocation!.Id);
        Assert.StartsWith("h", await Jobs.Remote.On(cluster).MachineAsync(), StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task A_queue_that_stays_full_is_left_with_the_words_of_Slurm()
    {
        SlurmMachines.Require();
        string other = await machines.OccupyAsync("--nodes=2 --exclusive");
        await machines.UntilAsync($"squeue --noheader --job={other} --format=%T", "RUNNING");
        await SlurmMachines.WithAsync("RUNHOUSE__OnDemand__QueueTime", "100ms", async () =>
        {
            var error = await Assert.ThrowsAsync<CapacityException>(() => Cluster.OnDemand("impatient", Needs).UpIfNotAsync(cancellationToken: Stop));
            Assert.Contains("slurm says 'PENDING: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("Runhouse:OnDemand:QueueTime", error.Message, StringComparison.Ordinal);
        });
        Assert.Empty(await machines.JobsAsync("impatient"));
        Assert.DoesNotContain("impatient", Cluster.Names());
        await machines.RunAsync($"scancel {other}");
    }

    [Fact]
    public async Task Machines_that_belong_together_are_one_job_that_ends_when_none_of_them_has_work()
    {
        SlurmMachines.Require();

        // So long that a busy machine's pauses are no end of the work.
        Cluster cluster = Cluster.OnDemand("gang", Needs, count: 2).WithAutostop(TimeSpan.FromSeconds(5));
        string[] names = await Task.WhenAll(Jobs.Remote.On(cluster.Host(0)).MachineAsync().AsTask(), Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask());
        Assert.Equal(["h2", "h3"], names);
        string job = Assert.Single(await machines.JobsAsync("gang")).Split(' ')[0];

        // One that has no work waits for the other one, to whose worker this program is connected, and is there again when it is called.
        await SlurmMachines.LeaveAsync();
        Assert.Equal("h3", await Jobs.Remote.On(cluster.Host(1)).MachineAsync());
        while ((await cluster.StatusAsync(Stop)).Hosts[0].State != ClusterHostState.Down)
            await Task.Delay(100, Stop);
        Assert.Equal($"{job} RUNNING", string.Join(' ', Assert.Single(await machines.JobsAsync("gang")).Split(' ')[..2]));
        Assert.Equal("h2", await Jobs.Remote.On(cluster.Host(0)).MachineAsync());
        Assert.Equal(job, Assert.Single(await machines.JobsAsync("gang")).Split(' ')[0]);

        // Until it lets go.
        await SlurmMachines.LeaveAsync();
        await machines.UntilAsync($"squeue --noheader --states=all --job={job} --format=%T", "COMPLETED");
        ClusterStatus status = await cluster.StatusAsync(Stop);
        Assert.Null(status.Allocation);
        Assert.All(status.Hosts, static host => Assert.Equal(ClusterHostState.Down, host.State));

        Assert.Equal("h3", await Jobs.Remote.On(cluster.Host(1)).MachineAsync());
        Assert.NotEqual(job, Assert.Single(await machines.JobsAsync("gang")).Split(' ')[0]);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task A_program_that_is_killed_in_the_queue_leaves_a_job_with_which_the_next_one_goes_on()
    {
        SlurmMachines.Require();
        string other = await machines.OccupyAsync("--nodes=2 --exclusive");
        await machines.UntilAsync($"squeue --noheader --job={other} --format=%T", "RUNNING");
        string[] left;
        using (Process killed = Tool("up", "left", "--provider", "slurm", "--cpus", "1", "--memory", "0.5"))
        {
            while ((left = await machines.JobsAsync("left")).Length == 0)
                await Task.Delay(20, Stop);
            killed.Kill();
            await killed.WaitForExitAsync(Stop);
        }

        JsonElement status = Assert.Single((await RunAsync("status", "left")).EnumerateArray());
        Assert.Equal("Queued", status.GetProperty("hosts")[0].GetProperty("state").GetString(), ignoreCase: true);
        await machines.RunAsync($"scancel {other}");
        JsonElement up = await RunAsync("up", "left");
        Assert.Equal(left[0].Split(' ')[0], up.GetProperty("allocation").GetProperty("id").GetString());
        Assert.Equal("running", up.GetProperty("allocation").GetProperty("state").GetString(), ignoreCase: true);
        Assert.Single(await machines.JobsAsync("left"));
        await RunAsync("down", "left");
        Assert.Empty(await machines.JobsAsync("left"));
    }

    [Fact]
    public async Task Calls_in_flight_say_that_their_job_was_cancelled_and_the_next_call_has_another_one()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("cancelled", Needs);
        var error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (int number in Jobs.Remote.On(cluster).CountAsync())
            {
                if (number == 0)
                    await machines.RunAsync($"scancel {Assert.Single(await machines.JobsAsync("cancelled")).Split(' ')[0]}");
            }
        });
        Assert.Equal(WorkerLossReason.Killed, error.Reason);
        Assert.Contains("CANCELLED", error.Message, StringComparison.Ordinal);

        Assert.StartsWith("h", await Jobs.Remote.On(cluster).MachineAsync(), StringComparison.Ordinal);
        Assert.Single(await machines.JobsAsync("cancelled"));
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Calls_in_flight_say_that_their_node_was_given_to_a_job_that_goes_before()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("preempted", Needs);
        string first = "";
        var error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (int number in Jobs.Remote.On(cluster).CountAsync())
            {
                if (number == 0)
                    first = await machines.OccupyAsync("--partition=high --nodes=2 --exclusive");
            }
        });
        Assert.Equal(WorkerLossReason.Preempted, error.Reason);
        await machines.RunAsync($"scancel {first}");
        Assert.True(await cluster.ForgetAsync(Stop));
    }

    [Theory]
    [InlineData("slow-cancelled", WorkerLossReason.Killed, "CANCELLED")]
    [InlineData("slow-preempted", WorkerLossReason.Preempted, "preempted")]
    public async Task Calls_in_flight_say_what_their_job_ended_for_however_long_that_takes(string name, WorkerLossReason reason, string words)
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand(name, Needs);
        string other = "";
        var error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (int number in Jobs.Remote.On(cluster).CountAsync())
            {
                if (number > 0)
                    continue;

                // What does not end when it is told to is ended 10 seconds later (KillWait), and the job with it.
                string job = Assert.Single(await machines.JobsAsync(name)).Split(' ')[0];
                await machines.RunAsync($$"""
                    rm -f /tmp/stubborn; srun --overlap --mem=0 --jobid={{job}} --nodes=1 --ntasks=1 --input=none --mpi=none sh -c "trap '' TERM; echo there; while :; do sleep 1; done" > /tmp/stubborn 2>&1 &
                    until [ -s /tmp/stubborn ]; do sleep 0.05; done
                    """);
                if (reason == WorkerLossReason.Killed)
                    await machines.RunAsync($"scancel {job}");
                else
                    other = await machines.OccupyAsync("--partition=high --nodes=2 --exclusive");
            }
        });
        Assert.Equal(reason, error.Reason);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        if (other.Length > 0)
            await machines.RunAsync($"scancel {other}");
        Assert.True(await cluster.ForgetAsync(Stop));
    }

    [Fact]
    public async Task What_Slurm_refuses_is_an_error_of_its_kind_with_Slurms_words_and_nothing_stays()
    {
        SlurmMachines.Require();
        var partition = await Assert.ThrowsAsync<DeploymentException>(() => UpAsync("refused-partition", Needs with { Regions = ["nowhere"] }));
        Assert.Contains("invalid partition specified: nowhere", partition.Message, StringComparison.Ordinal);
        var memory = await Assert.ThrowsAsync<CapacityException>(() => UpAsync("refused-memory", Resources.Parse(memory: "100", provider: "slurm")));
        Assert.Contains("can not be satisfied", memory.Message, StringComparison.Ordinal);
        var gres = await Assert.ThrowsAsync<CapacityException>(() => UpAsync("refused-gres", Resources.Parse(gpu: "H100", provider: "slurm")));
        Assert.Contains("Runhouse:Slurm:Gres:NAME", gres.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CredentialsException>(() => UpAsync("refused-group", Needs with { Regions = ["closed"] }));
        var nodes = await Assert.ThrowsAsync<DeploymentException>(() => UpAsync("refused-count", Needs, count: 3));
        Assert.Contains("PartitionConfig", nodes.Message, StringComparison.Ordinal);
        var price = await Assert.ThrowsAsync<DeploymentException>(() => UpAsync("refused-price", Resources.Parse(maxPrice: "1", provider: "slurm")));
        Assert.Contains("MaxPrice", price.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Cluster.OnDemand("refused", Resources.Parse(provider: "slurm|aws")));
        Assert.DoesNotContain(Cluster.Names(), static name => name.StartsWith("refused", StringComparison.Ordinal));
        Assert.Equal("", await machines.RunAsync("squeue --noheader --me"));

        static Task UpAsync(string name, Resources needs, int count = 1) => Cluster.OnDemand(name, needs, count).UpIfNotAsync(cancellationToken: Stop);
    }

    [Fact]
    public async Task What_no_cluster_knows_of_is_found_by_its_owner_and_given_back()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("lost", Needs);
        await cluster.UpIfNotAsync(cancellationToken: Stop);
        string job = Assert.Single(await machines.JobsAsync("lost")).Split(' ')[0];
        string others = await machines.RunAsync("sbatch --parsable --output=/dev/null --comment='runhouse owner=bob-1 cluster=lost' --wrap 'sleep 600'");
        Assert.True(await cluster.ForgetAsync(Stop));

        CollectedMachine found = Assert.Single(await Cluster.CollectAsync(isDryRun: true, Stop));
        Assert.Equal((job, "slurm", CollectOutcome.Ended), (found.Machine.Id, found.Machine.Provider, found.Outcome));
        Assert.Equal(2, (await machines.JobsAsync("lost")).Length);
        Assert.Equal(job, Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop)).Machine.Id);
        Assert.Equal(others, Assert.Single(await machines.JobsAsync("lost")).Split(' ')[0]);
        await machines.RunAsync($"scancel {others}");
    }

    [Fact]
    public async Task Accelerators_and_features_are_what_Slurm_calls_them()
    {
        SlurmMachines.Require();
        await SlurmMachines.WithAsync("RUNHOUSE__Slurm__Gres__Ampere", "gpu:a100", async () =>
        {
            // The first one is nowhere to be had, and the second one would do.
            Cluster cluster = Cluster.OnDemand("gpus", Resources.Parse(gpu: "H100|Ampere:2", region: "gpu", instanceType: "large", provider: "slurm"));
            Assert.Equal("h4", await Jobs.Remote.On(cluster).MachineAsync());
            Assert.Equal("2", await Jobs.Remote.On(cluster).VariableAsync("SLURM_GPUS_ON_NODE"));
            Assert.Null(await Jobs.Remote.On(cluster).VariableAsync("RUNHOUSE_HOME"));
            Assert.True(await cluster.DownAsync(Stop));
        });
    }

    [Fact]
    public async Task Code_that_asks_for_Slurm_runs_there_without_naming_a_cluster()
    {
        SlurmMachines.Require();
        await SlurmMachines.WithAsync("RUNHOUSE__Cluster", "on-demand", async () =>
        {
            Assert.StartsWith("h", await Jobs.Remote.MachineElsewhereAsync(), StringComparison.Ordinal);
            Cluster cluster = Assert.Single(Cluster.List(), static one => one.Provider == "slurm");
            Assert.StartsWith("on-demand-cpu-", cluster.Name, StringComparison.Ordinal);
            Assert.True(await cluster.DownAsync(Stop));
        });
    }

    [Fact]
    public async Task A_machine_that_has_Slurms_commands_needs_no_login()
    {
        SlurmMachines.Require();
        await machines.FromHereAsync(async () =>
        {
            Cluster cluster = Cluster.OnDemand("here", Needs);
            Assert.StartsWith("h", await Jobs.Remote.On(cluster).MachineAsync(), StringComparison.Ordinal);
            Assert.Equal("here", await machines.RunAsync("squeue --noheader --user=root --format=%k | sed 's/.*cluster=//'"));

            Assert.True(await cluster.DownAsync(Stop));
            Assert.Equal("", await machines.RunAsync("squeue --noheader --user=root"));
        });
    }

    [Fact]
    public async Task The_doctor_says_whether_Slurm_can_be_used()
    {
        SlurmMachines.Require();
        Assert.Contains("with the partitions", (await FindingAsync()).Text, StringComparison.Ordinal);
        await SlurmMachines.WithAsync("RUNHOUSE__Slurm__Partition", "nowhere", async () => Assert.Contains("has no partition 'nowhere'", (await FindingAsync()).Text, StringComparison.Ordinal));

        static async Task<Finding> FindingAsync() => await RunhouseDoctor.CheckAsync([], Stop).Where(static one => one.Subject == "slurm").SingleAsync(Stop);
    }

    private static Process Tool(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory.Replace("tests/Runhouse.Slurm.Tests", "src/Runhouse.Cli", StringComparison.Ordinal), "Runhouse.Cli.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using Process process = Tool(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync(Stop);
        string output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)} -> {process.ExitCode}\n{output}\n{await errors}");
        return JsonDocument.Parse(output).RootElement;
    }

    private sealed class Recorder(ConcurrentQueue<ProvisioningProgress> said) : IProgress<ProvisioningProgress>
    {
        public void Report(ProvisioningProgress value)
        {
            if (value.Stage == ProvisioningStage.Queued)
                said.Enqueue(value);
        }
    }
}
