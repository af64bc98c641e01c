using Runhouse.Slurm.Machines;

namespace Runhouse.Slurm;

/// <summary>What hosts in jobs have recorded, in the user's home.</summary>
[Collection("slurm")]
public sealed class SlurmRecordTests(SlurmMachines machines) : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => new(machines.ClearAsync());

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task A_result_outlives_its_job_which_is_not_asked_for_anew_by_a_question()
    {
        SlurmMachines.Require();
        Cluster cluster = Cluster.OnDemand("recorded", Resources.Parse(cpus: "1", memory: "0.5", provider: "slurm"));
        RemoteCall<string> call = await Jobs.Remote.On(cluster).SpawnAsync(static jobs => jobs.MachineAsync(), cancellationToken: Stop);
        string result = await call.ResultAsync(Stop);
        string[] job = Assert.Single(await machines.JobsAsync("recorded")).Split(' ');
        await machines.RunAsync($"scancel {job[0]}");
        await machines.UntilAsync($"squeue --noheader --states=all --job={job[0]} --format=%T", "CANCELLED");

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => RemoteCall.FromId<string>(call.Id, cluster).StatusAsync(Stop));
        Assert.Contains("is kept for its next host. Bring it up (runhouse up recorded)", error.Message, StringComparison.Ordinal);
        Assert.Empty(await machines.JobsAsync("recorded"));

        await cluster.UpIfNotAsync(cancellationToken: Stop);
        Assert.Equal(result, await RemoteCall.FromId<string>(call.Id, cluster).ResultAsync(Stop));
        await cluster.DownAsync(Stop);
    }
}
