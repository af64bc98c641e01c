using Runhouse.Simulation.Bounds;
using Runhouse.Simulation.Team;
using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Tests;

/// <summary>docs/cost.md says what the simulator finds; <c>RUNHOUSE_WRITE_COST=true</c> writes its figures anew.</summary>
public sealed class CostPageTests
{
    private static readonly Lazy<CostComparison> Week = new(static () => CostComparison.OfWeek(CostComparison.Weathers));

    [Fact]
    public async Task The_page_has_the_figures_of_the_week()
    {
        string path = Path.Combine(Repository.Root, "docs", "cost.md");
        string page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        string written = CostPage.With(page, Week.Value);
        if (Environment.GetEnvironmentVariable("RUNHOUSE_WRITE_COST") == "true")
            await File.WriteAllTextAsync(path, page = written, TestContext.Current.CancellationToken);
        Assert.Equal(written, page);
    }

    [Fact]
    public void Three_quarters_are_saved_at_equal_results_and_nine_tenths_of_what_can_be()
    {
        StrategyResults all = Week.Value.Strategies.Single(static one => one.Strategy == Strategy.All);
        Assert.All(all.Results, static result =>
        {
            Assert.Equal(Week.Value.Jobs.Count, result.Done);
            Assert.Equal(0, result.Late);
            Assert.True(Week.Value.Saved(result.Cost, Week.Value.Smallest) >= 0.75);
            Assert.True(Week.Value.OfBound(result.Cost) >= 0.9);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Another_week_of_the_same_team_comes_to_the_same(int seed)
    {
        IReadOnlyList<Job> jobs = new TraceGenerator(seed).Generate();
        var catalogue = MachineCatalogue.LoadEmbedded();
        var length = TimeSpan.FromDays(7);
        double alwaysOn = AlwaysOn.ForDeadlines(jobs, catalogue).Cost(length);
        double bound = Clairvoyant.Bound(jobs, catalogue, spot: true);
        SimulationResult result = WeekSimulation.Run(jobs, length, Strategy.All, seed);
        Assert.Equal(jobs.Count, result.Done);
        Assert.Equal(0, result.Late);
        Assert.True(alwaysOn - result.Cost >= 0.75 * alwaysOn);
        Assert.True(alwaysOn - result.Cost >= 0.9 * (alwaysOn - bound));
    }

    [Fact]
    public void Nobody_gets_below_the_bound() => Assert.All(Week.Value.Strategies, static one => Assert.All(one.Results, result =>
        Assert.True(result.Cost > (one.Strategy.Spot ? Week.Value.Bound : Week.Value.BoundOnDemand))));

    [Fact]
    public void All_kinds_of_failures_have_happened()
    {
        IReadOnlyList<SimulationResult> all = Week.Value.Strategies.Single(static one => one.Strategy == Strategy.All).Results;
        ProvisioningFailure[] kinds = [ProvisioningFailure.Capacity, ProvisioningFailure.Quota, ProvisioningFailure.Throttled];
        Assert.All(kinds, failure => Assert.Contains(all, result => result.Failures.ContainsKey(failure)));
        Assert.All(all, static result => Assert.True(result.LostMachines > 0 && result.MemoryFailures > 0));
        Assert.Contains(Week.Value.Strategies.SelectMany(static one => one.Results), static result => result.EmptySearches > 0);
    }

    [Fact]
    public void A_day_is_simulated_as_well()
    {
        var day = CostComparison.OfDay(1);
        Assert.All(day.Jobs, static job => Assert.True(job.Arrival < TimeSpan.FromDays(1)));
        Assert.All(CostFigure.Of(day), static figure => Assert.All(figure.Values, static value => Assert.True(double.IsFinite(value))));
        Assert.Contains("| all levers |", CostPage.Table(day), StringComparison.Ordinal);
    }
}
