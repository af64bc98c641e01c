using Runhouse.Providers.Compute;

namespace Runhouse.Providers.OnDemand;

/// <summary>Remote code on machines of Google Cloud, where a machine that shuts itself down is stopped, not gone.</summary>
[Collection("on demand")]
public sealed class GcpOnDemandTests(LeasedMachines machines)
{
    private static readonly Resources Needs = Resources.Parse(provider: "gcp", instanceType: "t2d-standard-1");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_that_nobody_uses_stops_by_itself_and_the_next_call_deletes_it_and_leases_another_one()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("gcp-idle", Needs).WithAutostop(TimeSpan.FromSeconds(2));
        string first = await Jobs.Remote.On(cluster).MachineAsync();
        FakeInstance instance = Assert.Single(machines.Google.Instances);
        Assert.NotEqual(Environment.MachineName, first);

        // This program is connected to its worker, which keeps the machine up, until it lets go.
        await machines.LeaveAsync();
        while (instance.Status == "RUNNING")
            await Task.Delay(50, Stop);

        Assert.NotEqual(first, await Jobs.Remote.On(cluster).MachineAsync());
        Assert.NotSame(instance, Assert.Single(machines.Google.Instances));
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(machines.Google.Instances);
    }

    [Fact]
    public async Task A_call_on_a_spot_machine_that_is_taken_back_is_told_and_goes_on_on_the_next_machine()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("gcp-spot", Needs with { Spot = SpotUse.Only });
        string first = await Jobs.Remote.On(cluster).MachineAsync();
        FakeInstance instance = Assert.Single(machines.Google.Instances);
        Assert.True(instance.IsSpot);
        using var output = new StringWriter();
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            Task<string> call = Jobs.Remote.On(cluster).OutliveAsync(first);
            while (!output.ToString().Contains("begun", StringComparison.Ordinal))
                await Task.Delay(20, Stop);
            instance.IsPreempted = true;

            string second = await call;

            Assert.NotEqual(first, second);
            Assert.Contains("ends at ", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Console.SetOut(console);
        }

        await cluster.DownAsync(Stop);
        Assert.Empty(machines.Google.Instances);
    }
}
