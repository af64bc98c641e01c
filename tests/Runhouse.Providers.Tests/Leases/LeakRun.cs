using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>A number of commands about a few clusters, each killed at some request unless it comes to its end before, and then <c>gc</c>.</summary>
internal static class LeakRun
{
    /// <summary>Random runs.</summary>
    public static readonly Gen<LeakPlan> Plans = Gen.Select(
        Gen.Select(Gen.Enum<LeakCommand>(), Gen.Int[0, 1], Gen.Int[1, 3], Gen.Int[0, 8], Gen.Bool, static (command, cluster, count, request, isCarriedOut) => new LeakStep(command, cluster, count, request, isCarriedOut)).Array[1, 5],
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 3], static (pending, hidden, ending, isCut, full) => new LeakWeather(pending, hidden, ending, isCut, full)),
        static (steps, weather) => new LeakPlan(steps, weather));

    /// <summary>Carries one out.</summary>
    /// <param name="home">A folder for Runhouse's of its user; it need not exist.</param>
    /// <param name="plan">What is done.</param>
    public static async Task<LeakResult> RunAsync(string home, LeakPlan plan)
    {
        Directory.CreateDirectory(home);
        await using FakeEc2 ec2 = await FakeEc2.StartAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        HashSet<string> up = [];
        int killed = 0;

        // For those who look again after a moment.
        using var clock = new Timer(_ => time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);

        // One cluster that is up all the while, and machines of somebody else.
        var bystander = new LeasingProcess(home, ec2, time);
        await bystander.Keeper.GetAsync(LeasingProcess.Cluster("kept", 2), progress: null, CancellationToken.None);
        var stranger = new LeasingProcess(home + "-other", ec2, time);
        await stranger.Keeper.GetAsync(LeasingProcess.Cluster("c0"), progress: null, CancellationToken.None);
        up.Add("kept");
        (ec2.PendingLooks, ec2.HiddenLooks, ec2.EndingLooks) = (plan.Weather.Pending, plan.Weather.Hidden, plan.Weather.Ending);
        foreach (FakeZone zone in ec2.Regions.Values.SelectMany(static region => region.Zones).Take(plan.Weather.FullZones))
            zone.Capacity = 1;

        foreach (LeakStep step in plan.Steps)
        {
            string cluster = $"c{step.Cluster}";
            if (plan.Weather.IsCut && step.Request % 2 == 0)
                ec2.CutNext("RunInstances");
            bool isDone = await new LeasingProcess(home, ec2, time).RunAsync(
                ec2,
                process => step.Command switch
                {
                    LeakCommand.Up => UpAsync(process, step.Cluster, step.Count),
                    LeakCommand.Down => DownAsync(process, cluster),
                    LeakCommand.Stop => StopAsync(process, cluster),
                    _ => process.Collector.CollectAsync(isDryRun: false, CancellationToken.None),
                },
                step.Request,
                step.IsCarriedOut);
            if (!isDone)
                killed++;
            if (step.Command == LeakCommand.Down)
                up.Remove(cluster);
            else if (step.Command == LeakCommand.Up && isDone && new LeasingProcess(home, ec2, time).Store.Find(cluster) is not null)
                up.Add(cluster);
        }

        var now = new LeasingProcess(home, ec2, time);
        bool isLeft = now.Store.Names().Select(now.Store.Find).Any(static one => one?.State is not (LeaseState.Held or LeaseState.Stopped));

        // What was hidden comes to be seen, and requests that nobody waits for are over.
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromMinutes(3));
            await new LeasingProcess(home, ec2, time).Collector.CollectAsync(isDryRun: false, CancellationToken.None);
        }

        LeaseStore store = new LeasingProcess(home, ec2, time).Store;
        Lease[] leases = [.. store.Names().Select(store.Find).OfType<Lease>()];
        HashSet<string> held = IdsOf([.. leases.Where(static one => one.State == LeaseState.Held), stranger.Store.Find("c0")!]);
        HashSet<string> stopped = IdsOf(leases.Where(static one => one.State == LeaseState.Stopped));
        FakeInstance[] running = [.. ec2.Alive.Where(static one => one.State != "stopped")];
        FakeInstance[] kept = [.. ec2.Alive.Where(static one => one.State == "stopped")];
        return new LeakResult(plan.Steps.Count, killed, isLeft, ec2.Regions.Values.Sum(static region => region.Instances.Count))
        {
            LeftRunning = [.. running.Select(static one => one.Id).Except(held)],
            LeftStopped = [.. kept.Select(static one => one.Id).Except(stopped)],
            EndedInUse = [.. held.Except(running.Select(static one => one.Id)), .. stopped.Except(kept.Select(static one => one.Id)), .. up.Except(leases.Select(static one => one.Cluster))],
            Undecided = [.. leases.Where(static one => one.State is not (LeaseState.Held or LeaseState.Stopped)).Select(static one => one.Cluster)],
        };
    }

    private static HashSet<string> IdsOf(IEnumerable<Lease> leases) => [.. leases.SelectMany(static one => one.Machines).Select(static one => one.Id)];

    // One of the clusters has machines that can be stopped. Where those of a stopped one were is perhaps no room any more: then they stay stopped.
    private static async Task UpAsync(LeasingProcess process, int cluster, int count)
    {
        string name = $"c{cluster}";
        try
        {
            await process.Keeper.GetAsync(LeasingProcess.Cluster(name, count, keepsDisk: cluster == 0), progress: null, CancellationToken.None);
        }
        catch (CapacityException e) when (e.Message.StartsWith("The stopped machine", StringComparison.Ordinal) && process.Store.Find(name) is { State: LeaseState.Stopped })
        {
            // It is told so, and may ask again.
        }
    }

    // Spot machines are not to be stopped, nor is what was only asked for.
    private static async Task StopAsync(LeasingProcess process, string cluster)
    {
        try
        {
            await process.Keeper.StopAsync(cluster, CancellationToken.None);
        }
        catch (DeploymentException e) when (e.Message.Contains("cannot be stopped", StringComparison.Ordinal) && process.Store.Find(cluster) is { IsSpot: true })
        {
            // They go on.
        }
        catch (HostUnreachableException e) when (e.Message.Contains("nothing yet to stop", StringComparison.Ordinal) && process.Store.Find(cluster) is { State: LeaseState.Asked or LeaseState.Ending })
        {
            // The next up, down or gc goes on with it.
        }
    }

    // That it is not certain yet is an answer: whoever asked is told.
    private static async Task DownAsync(LeasingProcess process, string cluster)
    {
        try
        {
            await process.Keeper.EndAsync(cluster, only: null, CancellationToken.None);
        }
        catch (HostUnreachableException e) when (e.Message.Contains("may not show them yet", StringComparison.Ordinal) && process.Store.Find(cluster) is not null)
        {
            // It stays on record.
        }
    }
}
