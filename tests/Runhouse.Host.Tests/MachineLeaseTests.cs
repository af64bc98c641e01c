using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Tests.Running;

namespace Runhouse.Host.Tests;

/// <summary>The lease of the machine that a host runs on.</summary>
public sealed class MachineLeaseTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 0, 0, 0, TimeSpan.Zero));

    private DateTime LeftUntil => File.GetLastWriteTimeUtc(_file);

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task The_host_puts_the_end_off_while_it_is_there_and_ends_the_machine_when_it_has_been_idle()
    {
        await using TestHost host = await StartAsync();
        Assert.Equal(_time.GetUtcNow().AddMinutes(5).UtcDateTime, LeftUntil);
        for (int minute = 0; minute < 10; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await host.Client.GetAsync("/v1/workers/none", TestContext.Current.CancellationToken);
            Assert.InRange(LeftUntil - _time.GetUtcNow().UtcDateTime, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(5));
        }

        // Once more for a request whose end was yet to be counted.
        while (!host.Host.Ended.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMinutes(11));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await host.Host.DisposeAsync();
        Assert.Equal(_time.GetUtcNow().UtcDateTime, LeftUntil);
    }

    [Fact]
    public async Task A_host_that_is_told_to_stop_leaves_the_machine_the_rest_of_its_lease_for_the_next_one()
    {
        await using (TestHost host = await StartAsync())
        {
        }

        Assert.Equal(_time.GetUtcNow().AddMinutes(5).UtcDateTime, LeftUntil);
    }

    [Fact]
    public async Task A_lease_that_cannot_be_written_is_said_and_stops_nothing()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { LeaseFile = _file + ".gone" }, _time);
        Assert.Contains($"The lease of this machine cannot be written to {_file}.gone", await File.ReadAllTextAsync(Path.Combine(host.Home, "logs", "host.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("local", (await host.StatusAsync()).Host);
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(
        TestHost.NewSettings() with { LeaseFile = _file, LeaseTime = TimeSpan.FromMinutes(5), IdleTimeout = TimeSpan.FromMinutes(10) }, _time);
}
