using System.Text.Json.Nodes;
using Runhouse.Providers.Compute;

namespace Runhouse.Providers.Gcp;

/// <summary>The ports of machines are opened by one rule for each network and set of ports, found or made.</summary>
public sealed class FirewallTests : GcpTest
{
    [Fact]
    public async Task A_rule_opens_the_ports_of_the_machines_that_have_its_tag()
    {
        await MakeAsync(Request() with { OpenPorts = [8443, 22, 22] }, At("us-central1-a"));

        JsonObject rule = Assert.Single(Server.Firewalls).Value;
        string tag = rule["targetTags"]![0]!.ToString();
        Assert.Equal(("INGRESS", "tcp", "global/networks/default"), (rule["direction"]!.ToString(), rule["allowed"]![0]!["IPProtocol"]!.ToString(), rule["network"]!.ToString()));
        Assert.Equal(["22", "8443"], rule["allowed"]![0]!["ports"]!.AsArray().Select(static port => port!.ToString()));
        Assert.Equal(["0.0.0.0/0"], rule["sourceRanges"]!.AsArray().Select(static range => range!.ToString()));
        Assert.Equal(tag, Assert.Single(Server.Of("instances.insert"))["tags.items.0"]);
    }

    [Fact]
    public async Task It_is_made_once_and_found_by_the_next_process()
    {
        await MakeAsync(Request(), At("us-central1-a"));
        await MakeAsync(Request(token: "t-2"), At("us-east5-a", region: "us-east5"));
        await using GcpCloud other = NewCloud(Options);
        await MakeAsync(other, Request(token: "t-3"), At("us-central1-a"));

        Assert.Single(Server.Firewalls);
        Assert.Single(Server.Of("firewalls.insert"));
        Assert.Equal(2, Server.Of("firewalls.get").Count);
    }

    [Fact]
    public async Task Those_who_make_it_at_the_same_time_all_have_it()
    {
        // Each has seen that there is none before one of them makes it.
        var all = new TaskCompletionSource();
        int waiting = 0;
        Server.Before = request =>
        {
            if (request.Action == "firewalls.insert" && Interlocked.Increment(ref waiting) == 3)
                all.SetResult();
            return request.Action == "firewalls.insert" ? all.Task : Task.CompletedTask;
        };
        GcpCloud[] clouds = [NewCloud(Options), NewCloud(Options), NewCloud(Options)];

        await Task.WhenAll(clouds.Select((cloud, index) => MakeAsync(cloud, Request(token: $"t-{index}", lease: $"l-{index}"), At("us-central1-a"))));

        Assert.Single(Server.Firewalls);
        Assert.Equal(3, Server.Instances.Count);
        foreach (GcpCloud cloud in clouds)
            await cloud.DisposeAsync();
    }

    [Fact]
    public async Task Other_ports_or_other_callers_have_another_rule_and_each_kind_of_address_its_own()
    {
        await MakeAsync(Request(), At("us-central1-a"));
        await MakeAsync(Request(token: "t-2") with { OpenPorts = [22, 8443] }, At("us-central1-a"));
        await using GcpCloud other = NewCloud(Options with { AllowFrom = ["203.0.113.0/24", "2001:db8::/32"] });
        await MakeAsync(other, Request(token: "t-3"), At("us-central1-a"));

        Assert.Equal(4, Server.Firewalls.Count);
        Assert.Equal(3, Server.Firewalls.Values.Select(static rule => rule["targetTags"]![0]!.ToString()).Distinct().Count());
        Assert.Equal(["2001:db8::/32", "203.0.113.0/24"], Server.Firewalls.Values.SelectMany(static rule => rule["sourceRanges"]!.AsArray()).Select(static range => range!.ToString()).Where(static range => range != "0.0.0.0/0").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task With_a_tag_of_the_users_own_no_rule_is_made()
    {
        await using GcpCloud cloud = NewCloud(Options with { NetworkTag = "lab" });

        await MakeAsync(cloud, Request(), At("us-central1-a"));

        Assert.Empty(Server.Firewalls);
        Assert.Equal("lab", Assert.Single(Server.Of("instances.insert"))["tags.items.0"]);
    }
}
