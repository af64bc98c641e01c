using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers;

namespace Runhouse.Integration;

/// <summary>A machine that ends at the time of a file becomes a host.</summary>
public sealed class LeasedMachineTests
{
    private static readonly ClusterSpec Pool = new() { Name = "pool", Provider = "ssh", Hosts = ["ada@folder"] };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    [Fact]
    public async Task The_end_is_put_off_while_what_the_host_needs_is_on_its_way()
    {
        var machine = new ShellMachine();
        string file = Path.Combine(machine.Home, "lease");
        await File.WriteAllTextAsync(file, "", Stop);
        File.SetLastWriteTimeUtc(file, Now.AddMinutes(1));
        var renewed = new List<TimeSpan>();
        bool isWaiting = false;
        machine.Sending = async () =>
        {
            // Twice: when somebody is there, and as more comes.
            if (renewed.Count == 2)
                return;
            DateTime end = File.GetLastWriteTimeUtc(file);
            if (end > Now.AddMinutes(5))
            {
                renewed.Add(end - Now);
                File.SetLastWriteTimeUtc(file, Now.AddMinutes(1));
                isWaiting = true;
            }

            if (isWaiting)
                await Task.Delay(50, Stop);
        };
        await using MachineHosts hosts = HostsOn(machine, file);

        using HostClient host = await hosts.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);

        Assert.Equal(2, renewed.Count);
        Assert.All(renewed, static time => Assert.InRange(time, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10)));
        Assert.True(await hosts.DownAsync(Pool, 0, Stop));
    }

    [Fact]
    public async Task An_end_that_is_further_away_stays()
    {
        var machine = new ShellMachine();
        string file = Path.Combine(machine.Home, "lease");
        await File.WriteAllTextAsync(file, "", Stop);
        DateTime end = new(Now.AddHours(2).Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, end);
        DateTime seen = default;
        machine.Sending = () =>
        {
            seen = File.GetLastWriteTimeUtc(file);
            return Task.CompletedTask;
        };
        await using MachineHosts hosts = HostsOn(machine, file);

        using HostClient host = await hosts.GetHostAsync(Pool, 0, lost: null, progress: null, Stop);

        Assert.Equal(end, seen);
        Assert.True(await hosts.DownAsync(Pool, 0, Stop));
    }

    private static MachineHosts HostsOn(ShellMachine machine, string file) => new(
        new RunhouseOptions(),
        new ComposedRuntimes(Path.Combine(machine.Home, "runtimes"), TimeProvider.System),
        _ => new HostedMachine(machine) { Directory = "~/.runhouse", Lease = new HostLease(file, TimeSpan.FromMinutes(10)) },
        TimeProvider.System);
}
