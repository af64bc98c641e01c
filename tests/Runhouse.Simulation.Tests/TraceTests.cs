using Runhouse.Simulation.Trace;

namespace Runhouse.Simulation.Tests;

/// <summary>The week that is simulated.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task The_committed_week_is_what_its_generator_makes()
    {
        string path = Path.Combine(Repository.Root, "benchmarks", "Runhouse.Simulation", "Trace", "week.csv");
        string committed = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(committed, TraceFile.Write(new TraceGenerator(TraceGenerator.WeekSeed).Generate()));
    }

    [Fact]
    public void A_trace_is_read_as_it_was_written()
    {
        IReadOnlyList<Job> jobs = new TraceGenerator(1).Generate();
        Assert.Equal(jobs, TraceFile.Read(TraceFile.Write(jobs)));
    }

    [Fact]
    public void A_row_that_is_cut_off_is_named()
        => Assert.Contains("Line 2 ", Assert.Throws<FormatException>(() => TraceFile.Read(TraceFile.Write([]) + "Batch,etl,0\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_job_can_be_done_in_time_on_a_machine_of_the_catalogue_and_uses_no_more_than_was_asked_for()
    {
        var catalogue = MachineCatalogue.LoadEmbedded();
        Assert.All(TraceFile.ReadWeek(), job =>
        {
            Assert.NotEmpty(catalogue.Find(job.Asked));
            Assert.True(job.Arrival + job.Duration <= job.Deadline);
            Assert.True(job.Cores <= job.Asked.Cpus!.Value.Value && job.Memory <= job.Asked.Memory!.Value.Value);
            Assert.All(job.Asked.Accelerators, one => Assert.True(job.Accelerators <= one.Count));
        });
    }

    [Fact]
    public void Days_have_a_shape_and_durations_a_long_tail()
    {
        IReadOnlyList<Job> jobs = TraceFile.ReadWeek();
        Assert.Equal(Enum.GetValues<JobKind>(), jobs.Select(static job => job.Kind).Distinct().Order());
        Job[] requests = [.. jobs.Where(static job => job.Kind == JobKind.Inference)];
        Assert.True(requests.Count(static job => job.Arrival.Hours is >= 9 and < 17) > 5 * requests.Count(static job => job.Arrival.Hours < 6));
        double[] hours = [.. jobs.Select(static job => job.Duration.TotalHours).OrderDescending()];
        Assert.True(hours.Take(hours.Length / 10).Sum() > hours.Sum() / 2, "A tenth of the jobs is more than half of the work.");
    }
}
