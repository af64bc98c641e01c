using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Runhouse.Faults;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class ReconnectTests(LocalHost host)
{
    private const int Cuts = 200;

    /// <summary>A connection under TLS takes longer to come back.</summary>
    private const int SecureCuts = 50;

    [Fact]
    [Acceptance(11)]
    public async Task Ten_thousand_calls_over_a_connection_that_is_cut_two_hundred_times_run_once_each()
    {
        await Jobs.Remote.ProcessIdAsync();
        await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, host.Port));
        await CountAsync(proxy, await host.HomeBehindAsync(proxy.EndPoint.Port), isSecure: false);
    }

    [Fact]
    [Acceptance(11)]
    public async Task And_so_they_do_under_TLS()
    {
        string home = Path.Combine(host.Home, "cut-tls");
        Assert.Equal(0, (await host.CallerInAsync(new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Local__Tls"] = "true" }, "connect")).ExitCode);
        try
        {
            await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, (int)(await HostFileAsync(home))["port"]!));
            await CountAsync(proxy, await host.HomeBehindAsync(proxy.EndPoint.Port, home), isSecure: true);
        }
        finally
        {
            await KillHostAsync(home);
        }
    }

    private async Task CountAsync(FaultProxy proxy, string home, bool isSecure)
    {
        string started = Path.Combine(home, "started");
        string stop = Path.Combine(home, "stop");
        Task<(int ExitCode, string[] Lines)> caller = host.CallerInAsync(
            new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Local__Tls"] = $"{isSecure}", ["RUNHOUSE__Transport"] = "Relay" }, "count", "10000", started, stop);
        await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(started)));
        var random = new Random(11);
        int cuts = isSecure ? SecureCuts : Cuts;
        while (proxy.Cuts < cuts && !caller.IsCompleted)
        {
            await Task.Delay(random.Next(25), TestContext.Current.CancellationToken);
            if (proxy.Cuts % 2 == 0)
                proxy.Cut();
            else
                proxy.CutAfter(random.Next(2000));
        }

        await File.WriteAllTextAsync(stop, "", TestContext.Current.CancellationToken);
        (int exitCode, string[] lines) = await caller;

        Assert.Equal(0, exitCode);
        string[] words = lines[^1].Split(' ');
        Assert.True(int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture) >= 10_000);
        Assert.Equal($"{words[0]} calls, {words[0]} results, value {words[0]}, 0 of a stream missing", lines[^1]);
        Assert.True(proxy.Cuts >= cuts);
    }

    [Fact]
    [Acceptance(12)]
    public async Task Whoever_waits_for_a_detached_call_has_its_result_and_its_reports_however_often_the_way_to_the_host_breaks()
    {
        await Jobs.Remote.ProcessIdAsync();
        await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, host.Port));
        string home = await host.HomeBehindAsync(proxy.EndPoint.Port);
        string go = Path.Combine(home, "go");
        Task<(int ExitCode, string[] Lines)> caller = host.CallerInAsync(new() { ["RUNHOUSE_HOME"] = home }, "wait-detached", go);

        // Once it has been told of the call's end being waited for, and its reports: each time again.
        for (int broken = 0; broken < 6 && !caller.IsCompleted; broken++)
        {
            await Eventually.IsTrueAsync(() => Task.FromResult(caller.IsCompleted || proxy.Links > 1));
            await Task.Delay(200, TestContext.Current.CancellationToken);
            proxy.Cut();
        }

        Assert.False(caller.IsCompleted);
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);
        (int exitCode, string[] lines) = await caller;
        Assert.Equal("awaited 1 2 3", lines[^1]);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    [Acceptance(11)]
    public async Task A_caller_that_cannot_come_back_in_time_learns_that_the_outcome_is_unknown()
    {
        await Jobs.Remote.ProcessIdAsync();
        await using var proxy = new FaultProxy(new IPEndPoint(IPAddress.Loopback, host.Port));
        string home = await host.HomeBehindAsync(proxy.EndPoint.Port);
        string started = Path.Combine(home, "started");
        Task<(int ExitCode, string[] Lines)> caller = host.CallerInAsync(
            new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Transport"] = "Relay", ["RUNHOUSE__Limits__SessionGraceSeconds"] = "1" }, "wait", started);
        await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(started)));

        proxy.Refuses = true;
        proxy.Cut();

        Assert.Contains(nameof(OutcomeUnknownException), (await caller).Lines);
    }

    [Theory]
    [Acceptance(11)]
    [InlineData("Auto")]
    [InlineData("Relay")]
    public async Task A_host_that_is_killed_under_a_call_and_started_again_is_told_apart_from_a_connection_that_was_lost(string transport)
    {
        string home = Path.Combine(host.Home, "killed-" + transport);
        string started = Path.Combine(home, "started");
        var environment = new Dictionary<string, string> { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Transport"] = transport };
        Task<(int ExitCode, string[] Lines)> caller = host.CallerInAsync(environment, "wait", started);
        await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(started) || caller.IsCompleted));
        int first = await KillHostAsync(home);

        // No session goes on in another host: what ran in this one is lost, and known to be.
        Assert.Contains(nameof(WorkerLostException), (await caller).Lines);
        Assert.Equal(0, (await host.CallerInAsync(environment, "connect")).ExitCode);
        Assert.NotEqual(first, await KillHostAsync(home));
    }

    private static async Task<JsonNode> HostFileAsync(string home)
        => JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "local", "host.json"), TestContext.Current.CancellationToken))!;

    private static async Task<int> KillHostAsync(string home)
    {
        int id = (int)(await HostFileAsync(home))["pid"]!;
        using var process = Process.GetProcessById(id);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return id;
    }
}
