using Microsoft.Extensions.Time.Testing;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>What leases have cost is written down when their machines end or stop, once, and outlives them.</summary>
public sealed class CostLedgerTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory().FullName;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 30, 22, 0, 0, TimeSpan.Zero));
    private FakeEc2 _ec2 = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private LeasingProcess Process => new(_home, _ec2, _time);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _ec2 = await FakeEc2.StartAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ec2.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_lease_that_is_taken_down_has_a_line_with_its_machines_and_their_price()
    {
        Lease lease = await UpAsync(count: 2);
        DateTimeOffset from = lease.MadeAt;
        _time.Advance(TimeSpan.FromHours(3));
        await Process.Keeper.EndAsync("train", only: null, Token);

        LeaseCost cost = Assert.Single(Process.Store.Ledger.Read());
        Assert.Equal(("train", "aws", lease.Offer.InstanceType, 2, lease.Price, from), (cost.Cluster, cost.Provider, cost.InstanceType, cost.Count, cost.AnHour, cost.From));
        Assert.Equal(decimal.Round(lease.Price!.Value * 3, 4), cost.Cost);
        Assert.False(cost.IsAtMost);

        // By the day: two hours of the last day of November, and one of the next.
        DateTimeOffset midnight = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromHours(2), cost.TimeBetween(midnight.AddDays(-1), midnight));
        Assert.Equal(TimeSpan.FromHours(1), cost.TimeBetween(midnight, midnight.AddDays(1)));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_home, "costs.jsonl")));
    }

    [Fact]
    public async Task Time_in_which_machines_are_stopped_costs_nothing()
    {
        await UpAsync();
        _time.Advance(TimeSpan.FromHours(1));
        await Process.Keeper.StopAsync("train", Token);
        _time.Advance(TimeSpan.FromHours(100));
        await UpAsync();
        _time.Advance(TimeSpan.FromHours(2));
        await Process.Keeper.EndAsync("train", only: null, Token);

        Assert.Equal([1, 2], Process.Store.Ledger.Read().Select(static one => Math.Round((one.To - one.From).TotalHours, 2)));
        await UpAsync();
        await Process.Keeper.StopAsync("train", Token);
        await Process.Keeper.EndAsync("train", only: null, Token);
        Assert.Equal(3, Process.Store.Ledger.Read().Count);
    }

    [Fact]
    public async Task Machines_that_ended_by_themselves_have_cost_at_most_what_it_is_until_they_are_found_to_have()
    {
        Lease lease = await UpAsync(keepsDisk: false);
        _ec2.TakeBack(lease.Machines[0].Id);
        _time.Advance(TimeSpan.FromHours(5));

        // For those who look again after a moment.
        await using var clock = new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(100)), null, 5, 5);
        await Process.Collector.CollectAsync(isDryRun: false, Token);

        LeaseCost cost = Assert.Single(Process.Store.Ledger.Read());
        Assert.True(cost.IsAtMost);
        Assert.InRange((cost.To - cost.From).TotalHours, 5, 5.1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_process_has_not_written_that_died_the_next_one_writes_and_nothing_counts_twice(bool isCarriedOut)
    {
        for (int request = 0; request < 4; request++)
        {
            await UpAsync();
            _time.Advance(TimeSpan.FromHours(1));
            await Process.RunAsync(_ec2, static process => process.Keeper.EndAsync("train", only: null, CancellationToken.None), request, isCarriedOut);
            await Process.Keeper.EndAsync("train", only: null, Token);
            Assert.Equal(request + 1, Process.Store.Ledger.Read().Count);
        }

        // A line that a loss of power has cut, and one that was written by two.
        string file = Path.Combine(_home, "costs.jsonl");
        string line = File.ReadLines(file).Last(static text => text.Length > 0);
        await File.AppendAllTextAsync(file, $"{line}\n{line[..20]}", Token);
        Assert.Equal(4, Process.Store.Ledger.Read().Count);
        await UpAsync();
        await Process.Keeper.EndAsync("train", only: null, Token);
        Assert.Equal(5, Process.Store.Ledger.Read().Count);
    }

    private async Task<Lease> UpAsync(int count = 1, bool keepsDisk = true) => await Process.Keeper.GetAsync(LeasingProcess.Cluster("train", count, keepsDisk), progress: null, Token);
}
