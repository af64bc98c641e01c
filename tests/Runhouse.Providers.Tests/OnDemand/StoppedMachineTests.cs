using System.Text.Json;
using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.OnDemand;

/// <summary>Machines that stop instead of ending, as programs and people use them.</summary>
[Collection("on demand")]
public sealed class StoppedMachineTests(LeasedMachines machines)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "2", provider: "aws", region: "us-east-1");

    private FakeEc2 Ec2 => machines.Ec2;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_machine_that_nobody_uses_stops_and_the_next_call_finds_on_its_disk_what_was_there()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("keeps", Needs).WithKeptDisk().WithAutostop(TimeSpan.FromSeconds(2));
        await Jobs.Remote.On(cluster).MachineAsync();
        Assert.Equal(0, await cluster.RunAsync("echo of-before > ~/note", cancellationToken: Stop));
        FakeInstance instance = Assert.Single(machines.AliveOf("keeps"));
        string? address = instance.Address;

        await machines.LeaveAsync();
        ClusterStatus stopped = await cluster.StatusAsync(Stop);
        while (stopped.Stopped is null)
        {
            Assert.Contains(instance, Ec2.Alive);
            stopped = await cluster.StatusAsync(Stop);
        }

        Assert.Equal(ClusterHostState.Stopped, Assert.Single(stopped.Hosts).State);
        Assert.Null(stopped.Cost);
        Assert.Equal((1, 100, 8m), (stopped.Stopped!.Count, stopped.Stopped.DiskSize, stopped.Stopped.AMonth));
        Assert.Equal(CollectOutcome.Stopped, (await Cluster.CollectAsync(cancellationToken: Stop)).Single(one => one.Machine.Id == instance.Id).Outcome);

        // The same machine at another address, by the host key of before.
        await Jobs.Remote.On(cluster).MachineAsync();
        Assert.Same(instance, Assert.Single(machines.AliveOf("keeps")));
        Assert.NotEqual(address, instance.Address);
        using var output = new MemoryStream();
        Assert.Equal(0, await cluster.RunAsync("cat ~/note", output, cancellationToken: Stop));
        Assert.Equal("of-before\n", System.Text.Encoding.UTF8.GetString(output.ToArray()));
        Assert.Null((await cluster.StatusAsync(Stop)).Stopped);

        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal("terminated", instance.State);
    }

    [Fact]
    public async Task The_command_line_stops_machines_says_what_their_disks_cost_and_starts_them_again()
    {
        machines.Require();
        await CommandLine.RunAsync("up", "paused", "--cpus", "2", "--provider", "aws", "--region", "us-east-1", "--disk", "200", "--keep-disk");
        FakeInstance instance = Assert.Single(machines.AliveOf("paused"));
        Assert.Equal("stop", instance.Request["InstanceInitiatedShutdownBehavior"]);

        Assert.True((await CommandLine.RunAsync("down", "--stop", "paused"))[0].GetProperty("wasUp").GetBoolean());
        Assert.Equal("stopped", instance.State);
        JsonElement status = (await CommandLine.RunAsync("status", "paused"))[0];
        Assert.Equal("stopped", status.GetProperty("hosts")[0].GetProperty("state").GetString(), ignoreCase: true);
        Assert.Equal(16m, status.GetProperty("stopped").GetProperty("aMonth").GetDecimal());

        await CommandLine.RunAsync("up", "paused");
        Assert.Same(instance, Assert.Single(machines.AliveOf("paused")));
        Assert.Equal("running", instance.State);
        await CommandLine.RunAsync("down", "paused");
        Assert.Equal("terminated", instance.State);

        // What it has cost outlives it: two times that it ran.
        foreach (string[] by in (string[][])[[], ["--by", "day"], ["--by", "month"]])
        {
            JsonElement[] spent = [.. (await CommandLine.RunAsync(["spent", .. by])).EnumerateArray().Where(static one => one.GetProperty("cluster").GetString() == "paused")];
            Assert.InRange(spent.Sum(static one => one.GetProperty("machineHours").GetDouble()), 0.0001, 0.2);
            Assert.All(spent, one => Assert.Equal(by.Length > 0, one.TryGetProperty("period", out JsonElement period) && period.ValueKind == JsonValueKind.String));
        }

        Assert.Equal(2, Cluster.Spent().Count(one => one.Cluster == "paused" && one.InstanceType == instance.Request["InstanceType"]));
    }

    [Fact]
    public void A_cluster_whose_machines_cannot_be_stopped_says_so_when_it_is_declared()
    {
        var spot = Assert.Throws<InvalidOperationException>(() => Cluster.OnDemand("cheap", Needs with { Spot = SpotUse.Allowed }).WithKeptDisk());
        Assert.Equal("Cluster 'cheap' may have spot machines (Spot=allowed), which are bought once and cannot be stopped. Leave out Spot to keep the disk, or leave WithKeptDisk out.", spot.Message);
        Assert.Throws<InvalidOperationException>(() => Cluster.Ssh("own", "ada@10.0.0.7").WithKeptDisk());
        Assert.Throws<InvalidOperationException>(() => Cluster.OnDemand("queue", Resources.Parse(provider: "slurm")).WithKeptDisk());
        Assert.False(Cluster.OnDemand("cheap", Needs with { Spot = SpotUse.Allowed }).WithKeptDisk(false).KeepsDisk);
    }
}
