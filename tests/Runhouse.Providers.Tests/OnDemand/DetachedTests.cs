using Runhouse.Protocol.Control;
using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.OnDemand;

/// <summary>Detached calls on machines that are leased.</summary>
[Collection("on demand")]
public sealed class DetachedTests(LeasedMachines machines)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_for_a_call_whose_machine_is_gone_is_told_and_no_machine_is_leased_for_the_question()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("detached", Resources.Parse(cpus: "2", provider: "aws", region: "us-east-1"));
        RemoteCall call = await Jobs.Remote.On(cluster).SpawnAsync(static jobs => jobs.RunAsync(), cancellationToken: Stop);
        FakeInstance instance = Assert.Single(AliveOf("detached"));
        while ((await call.StatusAsync(Stop)).State != CallState.Running)
            await Task.Delay(20, Stop);
        Task waiting = call.WaitAsync(Stop);

        Assert.True(await cluster.DownAsync(Stop));

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => waiting);
        Assert.Contains("cluster 'detached' is not up", unknown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => RemoteCall.FromId(call.Id, cluster).StatusAsync(Stop));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => RemoteCall.FromId(call.Id, cluster).WaitAsync(Stop));
        Assert.Equal("terminated", instance.State);
        Assert.Empty(AliveOf("detached"));
    }

    private IEnumerable<FakeInstance> AliveOf(string cluster) => machines.Ec2.Alive.Where(one => one.Tags["runhouse-cluster"] == cluster);
}
