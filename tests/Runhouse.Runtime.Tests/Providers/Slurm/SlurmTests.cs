using Microsoft.Extensions.Configuration;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Providers.Slurm;

namespace Runhouse.Runtime.Tests.Providers.Slurm;

/// <summary>What Slurm's words mean, those among them that a small cluster does not say.</summary>
public sealed class SlurmTests
{
    [Fact]
    public void A_list_of_jobs_has_those_of_Runhouse_with_their_nodes_and_what_others_write_into_theirs_does_no_harm()
    {
        IReadOnlyList<SlurmJob> jobs = SlurmJob.Parse("""
            job|7|rh-a|RUNNING|None|gpu,debug|2|8|4000M|1795996883|1795996890|n[1-2]|runhouse owner=ada-1 cluster=A.b
            node|n1|10.0.0.1
            node|n1|10.0.0.1
            node|n2|n2.cluster
            job|8_1|x|PENDING|Resources|debug|1-2|4|500Mc|N/A|N/A||somebody's|comment
            node|n9|10.0.0.9
            job|9|rh-b|PENDING|ReqNodeNotAvail, UnavailableNodes:n3|debug|1|1|1.5T|1795996883|0||runhouse owner=ada-1 cluster=b
            job|10|rh-c|COMPLETING|None|debug|2|8|512Mc|1795996883|1795996890|n[1-2]|runhouse owner=ada-1 cluster=c
            preempted
            job|11|rh-d|COMPLETED|None|debug|1|4|512Mc|1795996883|1795996890|n1|runhouse owner=ada-1 cluster=d
            preempted
            job|12|rh-e|RUNNING|None|debug|1|4|512Mc|1795996883|1795996890|n1|runhouse owner=ada-1 cluster=e
            node|n1|10.0.0.1
            preempted
            """);
        Assert.Equal(5, jobs.Count);
        Assert.Equal(WorkerLossReason.Preempted, SlurmStates.LossOf(jobs[3]));

        // It goes on for as long as its partition leaves it.
        Assert.Equal((true, null), (jobs[4].IsPreempted, SlurmStates.LossOf(jobs[4])));
        Assert.Equal((2, true, "COMPLETING: preempted", WorkerLossReason.Preempted), (jobs[2].Memory, jobs[2].IsPreempted, SlurmStates.Describe(jobs[2]), SlurmStates.LossOf(jobs[2])));
        Assert.Equal((7, "A.b", "ada-1", "gpu,debug", 4000 / 1024.0), (jobs[0].Id, jobs[0].Cluster, jobs[0].Owner, jobs[0].Partition, jobs[0].Memory));
        Assert.Equal([("n1", "10.0.0.1"), ("n2", "n2.cluster")], jobs[0].Nodes);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795996890), jobs[0].StartsAt);
        Assert.Equal(((double?)1536, null), (jobs[1].Memory, jobs[1].StartsAt));
        Assert.Equal("PENDING: ReqNodeNotAvail, UnavailableNodes:n3", SlurmStates.Describe(jobs[1]));
    }

    [Theory]
    [InlineData("PENDING", "Priority", AllocationState.Queued, null, null)]
    [InlineData("PENDING", "QOSMaxGRESPerUser", AllocationState.Queued, ProvisioningFailure.Quota, null)]
    [InlineData("PENDING", "AssocGrpCpuLimit", AllocationState.Queued, ProvisioningFailure.Quota, null)]
    [InlineData("PENDING", "PartitionTimeLimit", AllocationState.Queued, ProvisioningFailure.Unsupported, null)]
    [InlineData("PENDING", "InvalidAccount", AllocationState.Queued, ProvisioningFailure.Authentication, null)]
    [InlineData("CONFIGURING", "None", AllocationState.Queued, null, null)]
    [InlineData("SUSPENDED", "None", AllocationState.Queued, null, null)]
    [InlineData("RUNNING", "None", AllocationState.Running, null, null)]
    [InlineData("COMPLETING", "None", AllocationState.Ending, null, null)]
    [InlineData("COMPLETING", "TimeLimit", AllocationState.Ending, null, WorkerLossReason.Evicted)]
    [InlineData("COMPLETED", "None", AllocationState.Ended, null, WorkerLossReason.Unknown)]
    [InlineData("CANCELLED", "None", AllocationState.Ended, null, WorkerLossReason.Killed)]
    [InlineData("FAILED", "NonZeroExitCode", AllocationState.Ended, ProvisioningFailure.Configuration, WorkerLossReason.Unknown)]
    [InlineData("PREEMPTED", "None", AllocationState.Ended, ProvisioningFailure.Capacity, WorkerLossReason.Preempted)]
    [InlineData("OUT_OF_MEMORY", "OutOfMemory", AllocationState.Ended, ProvisioningFailure.Capacity, WorkerLossReason.OutOfMemory)]
    [InlineData("TIMEOUT", "TimeLimit", AllocationState.Ended, ProvisioningFailure.Capacity, WorkerLossReason.Evicted)]
    [InlineData("NODE_FAIL", "NodeDown", AllocationState.Ended, ProvisioningFailure.Capacity, WorkerLossReason.Evicted)]
    public void States_and_reasons_of_jobs_say_how_far_an_allocation_is_and_what_became_of_its_workers(
        string state, string reason, AllocationState expected, ProvisioningFailure? failure, WorkerLossReason? loss)
    {
        var job = new SlurmJob { Id = 1, Name = "rh", State = state, Reason = reason, Partition = "debug", Count = 1 };
        Assert.Equal((expected, failure, loss), (SlurmStates.StateOf(job), SlurmStates.FailureOf(job), SlurmStates.LossOf(job)));
    }

    [Theory]
    [InlineData("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified", typeof(CredentialsException))]
    [InlineData("sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)", typeof(QuotaException))]
    [InlineData("sbatch: error: Batch job submission failed: Requested node configuration is not available", typeof(CapacityException))]
    [InlineData("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", typeof(HostUnreachableException))]
    [InlineData("sbatch: error: Invalid --time specification", typeof(DeploymentException))]
    [InlineData("sh: 1: sbatch: not found", typeof(DeploymentException))]
    public void Refusals_are_errors_of_their_kind_with_Slurms_words(string words, Type kind)
    {
        RemoteException error = SlurmRefusal.Of("The job for cluster 'a'", words);
        Assert.Equal(kind, error.GetType());
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SlurmctldHost[0]        = ctl1(10.0.0.1)", "ada on Slurm's cluster hpc (controller ctl1)")]
    [InlineData("ControlMachine          = ctl0", "ada on Slurm's cluster hpc (controller ctl0)")]
    [InlineData("SlurmctldHost[0]        = localhost(127.0.0.1)", "ada on Slurm's cluster hpc (controller desk)")]
    public void A_site_is_who_asks_which_Slurm(string controller, string site)
        => Assert.Equal(site, SlurmSite.IdOf("ada", "desk", ["Configuration data as of 2026-11-30T05:00:00", "ClusterName             = hpc", controller]));

    [Fact]
    public void A_request_becomes_arguments_of_sbatch()
    {
        var options = SlurmOptions.Read(Section(
            ("Partition", "long"), ("Account", "physics"), ("Qos", "high"), ("Constraint", "ib"), ("Time", "36h"), ("Arguments", "--exclusive --mail-type=FAIL"), ("Gres:A100", "gpu:nvidia_a100")));
        var request = new AllocationRequest
        {
            Name = "rh-a-1",
            Owner = "ada-1",
            Cluster = "it's",
            Count = 2,
            Needs = Resources.Parse(gpu: "A100:4", cpus: "8+", memory: "1.5", disk: "100", instanceType: "big|bigger", provider: "slurm"),
            Agent = "#!/bin/sh\necho 'agent'",
            BootTime = TimeSpan.FromMinutes(15),
            Longest = TimeSpan.FromHours(12),
        };
        var batch = new SlurmBatch(request, options);
        string command = batch.CommandFor(request.Needs.Accelerators[0]);
        foreach (string argument in (string[])[
            "'--job-name=rh-a-1'", "'--comment=runhouse owner=ada-1 cluster=it'\\''s'", "'--nodes=2'", "'--cpus-per-task=8'", "'--mem=1536M'", "'--tmp=100G'", "'--gres=gpu:nvidia_a100:4'",
            "'--partition=long'", "'--constraint=(big|bigger)&(ib)'", "'--time=720'", "'--account=physics'", "'--qos=high'", "'--exclusive' '--mail-type=FAIL'", "'--no-requeue'", "'--signal=TERM@60'"])
            Assert.Contains(argument, command, StringComparison.Ordinal);
        Assert.Contains("'--partition=gpu,long'", new SlurmBatch(request with { Needs = request.Needs with { Regions = ["gpu", "long"] } }, options).CommandFor(null), StringComparison.Ordinal);
        Assert.Contains("'--signal=TERM@15'", new SlurmBatch(request with { Longest = TimeSpan.FromMinutes(1) }, options).CommandFor(null), StringComparison.Ordinal);
        Assert.StartsWith("#!/bin/sh\ncount='2'\nfolder='/tmp/rh-a-1'\nboot='900'\n", batch.Script(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Partitions", "x", "is not a key of the provider slurm")]
    [InlineData("Login", "a b", "Runhouse:Slurm:Login = \"a b\" is not allowed")]
    [InlineData("Time", "30", "a positive duration")]
    [InlineData("NodeFolder", "tmp", "the whole path")]
    [InlineData("Gres:A100", "gpu:a100,shard:1", "one resource")]
    public void A_configuration_that_cannot_be_meant_is_refused(string key, string value, string words)
        => Assert.Contains(words, Assert.Throws<RunhouseConfigurationException>(() => SlurmOptions.Read(Section((key, value)))).Message, StringComparison.Ordinal);

    private static IConfiguration Section(params (string Key, string Value)[] values)
        => new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(static one => one.Key, static one => (string?)one.Value)).Build();
}
