using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Aws;

/// <summary>Machines are found where they are, by whose they are.</summary>
public sealed class FindTests : AwsTest
{
    [Fact]
    public async Task An_owner_finds_the_own_machines_in_all_regions_and_not_those_that_are_gone()
    {
        string here = Assert.Single(await MakeAsync(Request(), At("use1-az1"))).Id;
        string there = Assert.Single(await MakeAsync(Request(lease: "l-2"), At("euw1-az2", region: "eu-west-1", isSpot: true))).Id;
        string others = Assert.Single(await MakeAsync(Request(lease: "l-3", token: "t-3") with { Owner = "bob" }, At("use1-az1"))).Id;
        IReadOnlyList<LeasedMachine> gone = await MakeAsync(Request(lease: "l-4", token: "t-4"), At("use1-az1"));
        await Cloud.EndAsync(gone, Token);

        IReadOnlyList<LeasedMachine> own = await Cloud.FindAsync("ada", Token);

        Assert.Equal([(here, "us-east-1", "l-1", false), (there, "eu-west-1", "l-2", true)], own.OrderBy(static one => one.Lease).Select(static one => (one.Id, one.Region, one.Lease, one.IsSpot)));
        Assert.Equal(new[] { here, there, others }.Order(), (await Cloud.FindAsync(null, Token)).Select(static one => one.Id).Order());
        Assert.Equal(here, Assert.Single(await Cloud.FindLeaseAsync("us-east-1", "l-1", Token)).Id);
        Assert.Empty(await Cloud.FindLeaseAsync("eu-west-1", "l-1", Token));
    }

    [Fact]
    public async Task Those_that_start_end_and_have_stopped_are_found_too()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 4), At("use1-az1"));
        string[] states = ["pending", "stopping", "stopped", "shutting-down"];
        for (int i = 0; i < 4; i++)
            (UsEast.Instances[i].State, UsEast.Instances[i].Looks) = (states[i], 1);

        IReadOnlyList<LeasedMachine> found = await Cloud.FindAsync("ada", Token);

        Assert.Equal([MachineState.Starting, MachineState.Stopping, MachineState.Stopped, MachineState.Ending], found.Select(static one => one.State));
        Assert.Equal(machines.Select(static one => one.Id), found.Select(static one => one.Id));
    }

    [Fact]
    public async Task All_pages_are_read_also_behind_an_empty_one()
    {
        Ec2.PageSize = 3;
        await MakeAsync(Request(count: 5, lease: "l-1") with { Owner = "bob" }, At("use1-az1"));
        IReadOnlyList<LeasedMachine> made = await MakeAsync(Request(count: 5, lease: "l-2", token: "t-2"), At("use1-az1"));

        IReadOnlyList<LeasedMachine> found = await Cloud.FindAsync("ada", Token);

        Assert.Equal(made.Select(static one => one.Id), found.Select(static one => one.Id));
    }

    [Fact]
    public async Task More_machines_than_a_filter_takes_are_waited_for_and_ended_in_several()
    {
        IReadOnlyList<LeasedMachine> made = await MakeAsync(Request(count: 450), At("use1-az1"));
        Assert.Equal(450, made.Select(static one => one.Index).Distinct().Count());

        await Cloud.EndAsync(made, Token);
        Assert.Empty(Ec2.Alive);
    }

    [Fact]
    public async Task The_regions_of_the_options_are_searched_and_no_others()
    {
        await MakeAsync(Request(), At("use1-az1"));
        await using AwsCloud cloud = NewCloud(Options with { Regions = ["eu-west-1"] });

        Assert.Empty(await cloud.FindAsync("ada", Token));
        Assert.Equal("eu-west-1", Ec2.Requests.Last().Region);
    }

    [Fact]
    public async Task A_region_that_cannot_be_asked_is_an_error_and_not_an_empty_list()
    {
        await MakeAsync(Request(), At("use1-az1"));
        Ec2.Before = request => request is { Region: "eu-west-1", Action: "DescribeInstances" } ? throw new Ec2Exception("ServiceUnavailable", "The service is unavailable.", 503) : Task.CompletedTask;
        HostUnreachableException away = await Assert.ThrowsAsync<HostUnreachableException>(() => Cloud.FindAsync("ada", Token));
        Assert.StartsWith("The machines of aws in eu-west-1 cannot be listed: ServiceUnavailable: The service is unavailable.", away.Message, StringComparison.Ordinal);

        Ec2.Before = static request => request is { Region: "eu-west-1", Action: "DescribeInstances" } ? throw new Ec2Exception("UnauthorizedOperation", "with an explicit deny in a service control policy", 403) : Task.CompletedTask;
        CredentialsException refused = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.FindAsync("ada", Token));
        Assert.Contains("Runhouse:Aws:Regions", refused.Message, StringComparison.Ordinal);
    }
}
