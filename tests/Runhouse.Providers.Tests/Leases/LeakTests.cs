using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>No machine is left running that nobody knows of, whenever the processes die that lease them.</summary>
public sealed class LeakTests
{
    private static readonly int Runs = int.Parse(Environment.GetEnvironmentVariable("RUNHOUSE_LEAK_RUNS") ?? "40", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Enum<Command>(), Gen.Int[0, 1], Gen.Int[1, 3], Gen.Int[0, 14], Gen.Bool, static (command, cluster, count, request, isCarriedOut) => new Step(command, cluster, count, request, isCarriedOut));

    private static readonly Gen<Weather> Weathers = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 3], static (pending, hidden, ending, isCut, full) => new Weather(pending, hidden, ending, isCut, full));

    private static int _left;

    private enum Command
    {
        Up,
        Down,
        Stop,
        Collect,
    }

    [Fact]
    public async Task After_gc_every_machine_that_runs_is_one_that_a_cluster_holds_and_those_of_clusters_that_are_up_run()
    {
        string root = Directory.CreateTempSubdirectory("rh-leak-").FullName;
        int run = 0;
        _left = 0;
        try
        {
            await Gen.Select(Steps.Array[1, 5], Weathers).SampleAsync(
                async (steps, weather) => await RunAsync(Path.Combine(root, $"{Interlocked.Increment(ref run)}"), steps, weather), iter: Runs, threads: 1);

            // Or nothing would be shown.
            Assert.InRange(_left, Runs / 10, int.MaxValue);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task RunAsync(string home, Step[] steps, Weather weather)
    {
        Directory.CreateDirectory(home);
        await using FakeEc2 ec2 = await FakeEc2.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        HashSet<string> up = [];

        // For those who look again after a moment.
        using var clock = new Timer(_ => time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

        // One cluster that is up all the while, and machines of somebody else.
        var bystander = new LeasingProcess(home, ec2, time);
        await bystander.Keeper.GetAsync(LeasingProcess.Cluster("kept", 2), progress: null, TestContext.Current.CancellationToken);
        var stranger = new LeasingProcess(home + "-other", ec2, time);
        await stranger.Keeper.GetAsync(LeasingProcess.Cluster("c0"), progress: null, TestContext.Current.CancellationToken);
        up.Add("kept");
        (ec2.PendingLooks, ec2.HiddenLooks, ec2.EndingLooks) = (weather.Pending, weather.Hidden, weather.Ending);
        foreach (FakeZone zone in ec2.Regions.Values.SelectMany(static region => region.Zones).Take(weather.FullZones))
            zone.Capacity = 1;

        foreach (Step step in steps)
        {
            string cluster = $"c{step.Cluster}";
            if (weather.IsCut && step.Request % 2 == 0)
                ec2.CutNext("RunInstances");
            bool isDone = await new LeasingProcess(home, ec2, time).RunAsync(
                ec2,
                process => step.Command switch
                {
                    Command.Up => UpAsync(process, step.Cluster, step.Count),
                    Command.Down => DownAsync(process, cluster),
                    Command.Stop => StopAsync(process, cluster),
                    _ => process.Collector.CollectAsync(isDryRun: false, CancellationToken.None),
                },
                step.Request,
                step.IsCarriedOut);
            if (step.Command == Command.Down)
                up.Remove(cluster);
            else if (step.Command == Command.Up && isDone && new LeasingProcess(home, ec2, time).Store.Find(cluster) is not null)
                up.Add(cluster);
        }

        var now = new LeasingProcess(home, ec2, time);
        if (now.Store.Names().Select(now.Store.Find).Any(static one => one?.State is not (LeaseState.Held or LeaseState.Stopped)))
            _left++;

        // What was hidden comes to be seen, and requests that nobody waits for are over.
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromMinutes(3));
            await new LeasingProcess(home, ec2, time).Collector.CollectAsync(isDryRun: false, TestContext.Current.CancellationToken);
        }

        var store = new LeasingProcess(home, ec2, time).Store;
        Lease[] leases = [.. store.Names().Select(store.Find).OfType<Lease>()];
        Lease other = stranger.Store.Find("c0")!;
        Assert.All(leases, static lease => Assert.True(lease.State is LeaseState.Held or LeaseState.Stopped));
        Assert.Equal(IdsOf([.. leases.Where(static one => one.State == LeaseState.Held), other]), ec2.Alive.Where(static one => one.State != "stopped").Select(static one => one.Id).Order());
        Assert.Equal(IdsOf(leases.Where(static one => one.State == LeaseState.Stopped)), ec2.Alive.Where(static one => one.State == "stopped").Select(static one => one.Id).Order());
        Assert.Subset(leases.Select(static one => one.Cluster).ToHashSet(), up);
    }

    private static IEnumerable<string> IdsOf(IEnumerable<Lease> leases) => leases.SelectMany(static one => one.Machines).Select(static one => one.Id).Order();

    // One of the clusters has machines that can be stopped. Where those of a stopped one were is perhaps no room any more: then they stay stopped.
    private static async Task UpAsync(LeasingProcess process, int cluster, int count)
    {
        string name = $"c{cluster}";
        try
        {
            await process.Keeper.GetAsync(LeasingProcess.Cluster(name, count, keepsDisk: cluster == 0), progress: null, CancellationToken.None);
        }
        catch (CapacityException e) when (e.Message.StartsWith("The stopped machine", StringComparison.Ordinal))
        {
            Assert.Equal(LeaseState.Stopped, process.Store.Find(name)!.State);
        }
    }

    // Spot machines are not to be stopped, nor is what was only asked for.
    private static async Task StopAsync(LeasingProcess process, string cluster)
    {
        try
        {
            await process.Keeper.StopAsync(cluster, CancellationToken.None);
        }
        catch (DeploymentException e) when (e.Message.Contains("cannot be stopped", StringComparison.Ordinal))
        {
            Assert.True(process.Store.Find(cluster)!.IsSpot);
        }
        catch (HostUnreachableException e) when (e.Message.Contains("nothing yet to stop", StringComparison.Ordinal))
        {
            Assert.True(process.Store.Find(cluster)!.State is LeaseState.Asked or LeaseState.Ending);
        }
    }

    // That it is not certain yet is an answer: whoever asked is told.
    private static async Task DownAsync(LeasingProcess process, string cluster)
    {
        try
        {
            await process.Keeper.EndAsync(cluster, only: null, CancellationToken.None);
        }
        catch (HostUnreachableException e) when (e.Message.Contains("may not show them yet", StringComparison.Ordinal))
        {
            Assert.NotNull(process.Store.Find(cluster));
        }
    }

    private sealed record Step(Command Command, int Cluster, int Count, int Request, bool IsCarriedOut);

    private sealed record Weather(int Pending, int Hidden, int Ending, bool IsCut, int FullZones);
}
