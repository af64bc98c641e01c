using System.Text.Json;
using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.OnDemand;

/// <summary>Remote code on machines that are leased for it, from the first call to the end of the machine.</summary>
[Collection("on demand")]
public sealed class OnDemandTests(LeasedMachines machines)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "2", provider: "aws", region: "us-east-1");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private FakeEc2 Ec2 => machines.Ec2;

    [Fact]
    public async Task A_call_leases_the_cheapest_machine_and_runs_there_and_down_gives_it_back()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("first", Needs);

        string name = await Jobs.Remote.On(cluster).MachineAsync();

        FakeInstance instance = Assert.Single(AliveOf("first"));
        Assert.Equal("m8i-flex.large", instance.Request["InstanceType"]);
        Assert.NotEqual(Environment.MachineName, name);
        ClusterStatus status = await cluster.StatusAsync(Stop);
        Assert.Equal(ClusterHostState.Up, Assert.Single(status.Hosts).State);
        Assert.Equal(("m8i-flex.large", 1, false), (status.Cost!.Machine.Offer.InstanceType, status.Cost.Count, status.Cost.Machine.IsSpot));
        Assert.InRange(status.Cost.AnHour!.Value, 0.01m, 1m);

        // Another program has the same machine, by name or by declaration.
        Assert.Equal(name, await Jobs.Remote.On(Cluster.Get("first")).MachineAsync());
        var error = await Assert.ThrowsAsync<DeploymentException>(() => Cluster.OnDemand("first", Resources.Parse(cpus: "4")).UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("1 machine on demand with Cpus=2, Region=us-east-1, Provider=aws", error.Message, StringComparison.Ordinal);
        Assert.Contains((await Cluster.CollectAsync(cancellationToken: Stop)), one => one.Machine.Id == instance.Id && one.Outcome == CollectOutcome.InUse);

        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal("terminated", instance.State);
        Assert.Null((await cluster.StatusAsync(Stop)).Cost);
        Assert.DoesNotContain("first", Cluster.Names());
    }

    [Fact]
    public async Task A_machine_that_nobody_uses_ends_by_itself_and_the_next_call_leases_another_one()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("idle", Needs).WithAutostop(TimeSpan.FromSeconds(2));
        string first = await Jobs.Remote.On(cluster).MachineAsync();
        FakeInstance instance = Assert.Single(AliveOf("idle"));

        // This program is connected to its worker, which keeps the machine up, until it lets go.
        await machines.LeaveAsync();
        while (AliveOf("idle").Any())
            await Task.Delay(50, Stop);
        Assert.Equal("Client.InstanceInitiatedShutdown", instance.Reason!.Value.Code);
        Assert.Equal(ClusterHostState.Down, Assert.Single((await cluster.StatusAsync(Stop)).Hosts).State);

        Assert.NotEqual(first, await Jobs.Remote.On(cluster).MachineAsync());
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task A_call_on_a_spot_machine_that_is_taken_back_is_told_and_goes_on_on_the_next_machine()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("spot", Needs with { Spot = SpotUse.Only });
        string first = await Jobs.Remote.On(cluster).MachineAsync();
        FakeInstance instance = Assert.Single(AliveOf("spot"));
        Assert.True(instance.IsSpot);
        using var output = new StringWriter();
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            Task<string> call = Jobs.Remote.On(cluster).OutliveAsync(first);
            while (!output.ToString().Contains("begun", StringComparison.Ordinal))
                await Task.Delay(20, Stop);
            Ec2.NoticeSpot(instance.Id, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(16));

            string second = await call;

            Assert.NotEqual(first, second);
            Assert.Contains("ends at ", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.DoesNotContain(instance, Ec2.Alive);
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task An_object_on_a_spot_machine_that_is_taken_back_goes_on_from_its_last_state_on_the_next_machine()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("spot-object", Needs with { Spot = SpotUse.Only });
        await using TallyRemote tally = await Tally.Remote.On(cluster).Named("tally").CreateAsync();
        for (int i = 1; i <= 3; i++)
            Assert.Equal(i, (await tally.AddAsync()).Total);
        FakeInstance instance = Assert.Single(AliveOf("spot-object"));

        // The shortest notice that a cloud gives.
        Ec2.NoticeSpot(instance.Id, TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(30));
        string first = (await tally.AddAsync()).Machine;
        while (Ec2.Alive.Contains(instance))
            await Task.Delay(100, Stop);

        (int total, string second) = await tally.AddAsync();
        Assert.NotEqual(first, second);
        Assert.Equal(5, total);
        Assert.False(Directory.Exists(Path.Combine(machines.Home, "objects", "spot-object")) && Directory.EnumerateFiles(Path.Combine(machines.Home, "objects", "spot-object")).Any());
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task Code_that_names_no_cluster_runs_on_a_machine_that_is_leased_for_what_it_needs()
    {
        machines.Require();
        string name = await Jobs.Remote.MachineElsewhereAsync();

        FakeInstance instance = Assert.Single(Ec2.Regions["us-east-2"].Alive);
        Assert.NotEqual(Environment.MachineName, name);
        Cluster cluster = Cluster.Get(instance.Tags["runhouse-cluster"]);
        Assert.StartsWith("on-demand-cpu-", cluster.Name, StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task A_search_for_which_nobody_waits_any_more_ends_and_what_it_has_made_is_given_back()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("left", Needs);
        using var patience = new CancellationTokenSource();
        using var longer = new CancellationTokenSource();
        Ec2.PendingLooks = int.MaxValue;
        try
        {
            Task<string> first = Jobs.Remote.On(cluster).MachineAsync(patience.Token).AsTask();
            Task<string> second = Jobs.Remote.On(cluster).MachineAsync(longer.Token).AsTask();
            while (!AliveOf("left").Any())
                await Task.Delay(20, Stop);
            FakeInstance instance = Assert.Single(AliveOf("left"));
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
            Assert.Contains(instance, Ec2.Alive);

            await longer.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
            while (instance.State != "terminated")
                await Task.Delay(20, Stop);
        }
        finally
        {
            Ec2.PendingLooks = 0;
        }

        // Whoever calls then has another machine.
        Assert.Empty(AliveOf("left"));
        Assert.NotEqual(Environment.MachineName, await Jobs.Remote.On(cluster).MachineAsync());
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Machines_that_belong_together_are_leased_together()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("gang", Needs, count: 2);
        string[] names = await Task.WhenAll(Jobs.Remote.On(cluster.Host(0)).MachineAsync().AsTask(), Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask());
        Assert.Equal(2, names.Distinct().Count());
        Assert.Equal(2, AliveOf("gang").Count());
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(AliveOf("gang"));
    }

    [Fact]
    public async Task The_command_line_leases_machines_says_what_they_cost_and_finds_those_that_nobody_knows_of()
    {
        machines.Require();
        JsonElement up = await CommandLine.RunAsync("up", "tool", "--cpus", "2", "--provider", "aws", "--region", "us-east-1", "--autostop", "30m");
        Assert.Equal("m8i-flex.large", up.GetProperty("cost").GetProperty("machine").GetProperty("offer").GetProperty("instanceType").GetString());
        FakeInstance instance = Assert.Single(AliveOf("tool"));
        Assert.Equal("inUse", await OutcomeAsync(instance, "gc"), ignoreCase: true);

        // Nobody knows of it then, but its cloud.
        await CommandLine.RunAsync("down", "tool", "--forget");
        Assert.Equal("ended", await OutcomeAsync(instance, "gc", "--dry-run"), ignoreCase: true);
        Assert.Contains(instance, Ec2.Alive);
        Assert.Equal("ended", await OutcomeAsync(instance, "gc"), ignoreCase: true);
        Assert.DoesNotContain(instance, Ec2.Alive);

        async Task<string> OutcomeAsync(FakeInstance machine, params string[] arguments) => (await CommandLine.RunAsync(arguments)).EnumerateArray()
            .Single(one => one.GetProperty("machine").GetProperty("id").GetString() == machine.Id).GetProperty("outcome").GetString()!;
    }

    private IEnumerable<FakeInstance> AliveOf(string cluster) => machines.AliveOf(cluster);
}
