using CsCheck;

namespace Runhouse.Providers.Leases;

/// <summary>No machine is left running that nobody knows of, whenever the processes die that lease them. The full run is a benchmark: <c>Runhouse.Benchmarks leaks</c>.</summary>
public sealed class LeakTests
{
    private const int Runs = 40;

    [Fact]
    public async Task After_gc_every_machine_that_runs_is_one_that_a_cluster_holds_and_those_of_clusters_that_are_up_run()
    {
        string root = Directory.CreateTempSubdirectory("rh-leak-").FullName;
        int run = 0;
        int left = 0;
        try
        {
            await LeakRun.Plans.SampleAsync(
                async plan =>
                {
                    LeakResult result = await LeakRun.RunAsync(Path.Combine(root, $"{Interlocked.Increment(ref run)}"), plan);
                    left += result.IsLeft ? 1 : 0;
                    Assert.True(result.Wrong == 0, result.ToString());
                },
                iter: Runs,
                threads: 1);

            // Or nothing would be shown.
            Assert.InRange(left, Runs / 10, int.MaxValue);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
