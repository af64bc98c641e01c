using System.Globalization;
using Runhouse.Protocol.Control;
using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.OnDemand;

/// <summary>Detached calls on machines that are leased.</summary>
[Collection("on demand")]
public sealed class DetachedTests(LeasedMachines machines)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "2", provider: "aws", region: "us-east-1");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_for_a_call_whose_machine_is_gone_is_told_and_no_machine_is_leased_for_the_question()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("detached", Needs);
        RemoteCall call = await Jobs.Remote.On(cluster).SpawnAsync(static jobs => jobs.RunAsync(), cancellationToken: Stop);
        FakeInstance instance = Assert.Single(machines.AliveOf("detached"));
        while ((await call.StatusAsync(Stop)).State != CallState.Running)
            await Task.Delay(20, Stop);
        Task waiting = call.WaitAsync(Stop);

        Assert.True(await cluster.DownAsync(Stop));

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => waiting);
        Assert.Contains("cluster 'detached' is not up", unknown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => RemoteCall.FromId(call.Id, cluster).StatusAsync(Stop));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => RemoteCall.FromId(call.Id, cluster).WaitAsync(Stop));
        Assert.Equal("terminated", instance.State);
        Assert.Empty(machines.AliveOf("detached"));
    }

    [Fact]
    public async Task A_result_is_there_when_the_host_was_killed_on_a_machine_that_runs()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("killed", Needs);
        RemoteCall<string> call = await Jobs.Remote.On(cluster).SpawnAsync(static jobs => jobs.MachineAsync(), cancellationToken: Stop);
        string result = await call.ResultAsync(Stop);
        FakeInstance instance = Assert.Single(machines.AliveOf("killed"));
        int host = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        await machines.MachineOf(instance.Id).RunAsync(string.Create(CultureInfo.InvariantCulture, $"kill -9 {host}; while kill -0 {host} 2>/dev/null; do sleep 0.05; done"));

        Assert.Equal(result, await RemoteCall.FromId<string>(call.Id, cluster).ResultAsync(Stop));
        Assert.Equal(instance, Assert.Single(machines.AliveOf("killed")));
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task Asking_for_a_call_on_a_machine_that_is_taken_back_leases_no_other_one()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("asked", Needs with { Spot = SpotUse.Only });
        RemoteCall call = await Jobs.Remote.On(cluster).SpawnAsync(static jobs => jobs.RunAsync(), cancellationToken: Stop);
        FakeInstance instance = Assert.Single(machines.AliveOf("asked"));
        Task open = Jobs.Remote.On(cluster).RunAsync(Stop);
        machines.Ec2.NoticeSpot(instance.Id, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(14));
        await Assert.ThrowsAsync<WorkerLostException>(() => open);

        Exception? error = await Record.ExceptionAsync(() => call.StatusAsync(Stop));
        Assert.True(error is null or OutcomeUnknownException or HostUnreachableException, error?.ToString());
        Assert.DoesNotContain(machines.AliveOf("asked"), one => one != instance);
        await cluster.DownAsync(Stop);
    }
}
