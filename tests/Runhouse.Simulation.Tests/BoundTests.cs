using Runhouse.Simulation.Bounds;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Tests;

/// <summary>The bound below which nobody gets, and the fleets that are always on.</summary>
public sealed class BoundTests
{
    private static readonly MachineCatalogue Catalogue = MachineCatalogue.LoadEmbedded();

    [Fact]
    public void A_linear_program_is_solved()
    {
        // The textbook's: 3x + 5y, x <= 4, 2y <= 12, 3x + 2y <= 18.
        double[] best = LinearProgram.Maximize([3, 5], [([1, 0], 4), ([0, 2], 12), ([3, 2], 18)]);
        Assert.Equal([2, 6], best);
        Assert.Throws<InvalidOperationException>(() => LinearProgram.Maximize([1, 1], [([1, 0], 4)]));
    }

    [Fact]
    public void The_bound_of_one_job_is_what_its_part_of_the_cheapest_machine_costs()
    {
        // Half of the V100 that are in the cheapest machine with them, p3.8xlarge, for two hours; processors alone are to be had for less.
        Job job = Job(Resources.Parse(gpu: "V100:4", cpus: "1+", memory: "1+"), accelerators: 2, hours: 2);
        Assert.Equal(12.24 / 2 * 2, Clairvoyant.Bound([job], Catalogue, spot: false), 6);
        Assert.Equal(12.24, Clairvoyant.Bound([job with { Snapshot = null }], Catalogue, spot: true), 6);
        Assert.Equal(2.7475, Clairvoyant.Bound([job], Catalogue, spot: true), 6);
    }

    [Fact]
    public void No_job_is_bound_to_more_than_a_machine_for_it_alone_costs() => Assert.All(TraceFile.ReadWeek().DistinctBy(static job => job.Series), static job =>
    {
        Resources needs = job.Used with { Spot = job.CanBeInterrupted ? SpotUse.Allowed : SpotUse.Never };
        double alone = (double)Catalogue.Find(needs).Required()[0].Price!.Value * job.Duration.TotalHours;
        Assert.InRange(Clairvoyant.Bound([job], Catalogue, spot: true), 1e-9, alone + 1e-9);
    });

    [Fact]
    public void The_bound_of_all_jobs_is_the_sum_of_theirs_at_least_where_their_prices_agree()
    {
        Job job = Job(Resources.Parse(gpu: "T4", cpus: "1+", memory: "1+"), accelerators: 1, hours: 1);
        Assert.Equal(3 * Clairvoyant.Bound([job], Catalogue, spot: true), Clairvoyant.Bound([job, job, job], Catalogue, spot: true), 6);
    }

    [Fact]
    public void A_fleet_for_the_peak_has_a_machine_for_each_job_and_the_smallest_lets_them_wait()
    {
        Job job = Job(Resources.Parse(gpu: "T4", cpus: "1+", memory: "1+"), accelerators: 1, hours: 1) with { Deadline = TimeSpan.FromHours(2) };
        Job[] four = [job, job, job, job];
        Assert.Equal(4, AlwaysOn.ForPeak(four, Catalogue).Machines);
        AlwaysOnFleet smallest = AlwaysOn.ForDeadlines(four, Catalogue);
        Assert.Equal("g4dn.xlarge", Assert.Single(smallest.Pools).Machine.Offer.InstanceType);
        Assert.Equal(2, smallest.Machines);
        Assert.Equal(2 * 0.526 * 24, smallest.Cost(TimeSpan.FromDays(1)), 6);
    }

    [Fact]
    public void The_smallest_fleet_keeps_kinds_apart_where_long_jobs_would_hold_up_short_ones()
    {
        Job longJob = Job(Resources.Parse(gpu: "T4", cpus: "1+", memory: "1+"), accelerators: 1, hours: 5) with { Deadline = TimeSpan.FromHours(11) };
        Job shortJob = longJob with { Kind = JobKind.Notebook, Arrival = TimeSpan.FromHours(1), Duration = TimeSpan.FromMinutes(1), Deadline = TimeSpan.FromHours(1.1) };
        Assert.Equal(2, AlwaysOn.ForDeadlines([longJob, longJob, shortJob], Catalogue).Machines);
    }

    private static Job Job(Resources asked, int accelerators, double hours) => new()
    {
        Id = 0,
        Kind = JobKind.Sweep,
        Series = "one",
        Arrival = TimeSpan.Zero,
        Asked = asked,
        Accelerators = accelerators,
        Cores = 1,
        Memory = 1,
        Duration = TimeSpan.FromHours(hours),
        Snapshot = TimeSpan.FromMinutes(10),
        Deadline = TimeSpan.FromHours(24),
    };
}
