using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Runhouse.Providers.Compute;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>What is made, and with what.</summary>
public sealed class MakeTests : GcpTest
{
    [Fact]
    public async Task A_machine_runs_has_an_address_and_carries_its_lease()
    {
        Server.SlowWaits = 2;
        Server.StartingLooks = 2;

        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-b")));

        FakeInstance instance = Assert.Single(Server.Instances);
        Assert.Equal((instance.Name, "gcp", "us-central1", "us-central1-b", "n4-standard-2", false), (machine.Id, machine.Provider, machine.Region, machine.Zone, machine.InstanceType, machine.IsSpot));
        Assert.Equal((MachineState.Running, instance.Address, 0, "ada", "train", "l-1"), (machine.State, machine.Address, machine.Index, machine.Owner, machine.Cluster, machine.Lease));
        Assert.InRange(machine.StartedAt, instance.StartedAt.AddSeconds(-1), instance.StartedAt.AddSeconds(1));
        Assert.Equal("#cloud-config\n{}", instance.Request.Metadata("user-data"));
    }

    [Fact]
    public async Task What_is_made_goes_as_a_whole_has_no_account_and_lets_nobody_in_but_the_lease()
    {
        await MakeAsync(Request(), At("us-central1-a"));

        ComputeRequest insert = Assert.Single(Server.Of("instances.insert"));
        Assert.Equal(("true", "true", "100"), (insert["disks.0.boot"], insert["disks.0.autoDelete"], insert["disks.0.initializeParams.diskSizeGb"]));
        Assert.Equal(("TRUE", "FALSE"), (insert.Metadata("block-project-ssh-keys"), insert.Metadata("enable-oslogin")));
        Assert.Null(insert["serviceAccounts"]);
        Assert.Equal("global/networks/default", insert["networkInterfaces.0.network"]);
        Assert.Equal(("STANDARD", "false"), (insert["scheduling.provisioningModel"], insert["scheduling.automaticRestart"]));
        Assert.Null(insert["scheduling.instanceTerminationAction"]);
        var labels = new Dictionary<string, string> { [MachineTags.Owner] = "ada", [MachineTags.Cluster] = "train", [MachineTags.Lease] = "l-1", ["runhouse-index"] = "0" };
        Assert.Equal(labels, Server.Instances[0].Labels);
        Assert.Equal(labels, insert.Body["disks"]![0]!["initializeParams"]!["labels"]!.AsObject().ToDictionary(static one => one.Key, static one => one.Value!.ToString()));
    }

    [Fact]
    public async Task A_spot_machine_is_deleted_when_it_is_taken_back()
    {
        Assert.True(Assert.Single(await MakeAsync(Request(), At("us-central1-a", isSpot: true))).IsSpot);

        ComputeRequest insert = Assert.Single(Server.Of("instances.insert"));
        Assert.Equal(("SPOT", "TERMINATE", "DELETE"), (insert["scheduling.provisioningModel"], insert["scheduling.onHostMaintenance"], insert["scheduling.instanceTerminationAction"]));
    }

    [Theory]
    [InlineData(90, "5400")]
    [InlineData(0.1, "30")]
    [InlineData(60 * 24 * 365, "10368000")]
    public async Task The_cloud_deletes_a_machine_when_its_longest_time_is_over(double minutes, string seconds)
    {
        await MakeAsync(Request() with { Longest = TimeSpan.FromMinutes(minutes) }, At("us-central1-a"));

        ComputeRequest insert = Assert.Single(Server.Of("instances.insert"));
        Assert.Equal((seconds, "DELETE"), (insert["scheduling.maxRunDuration.seconds"], insert["scheduling.instanceTerminationAction"]));
    }

    [Fact]
    public async Task Accelerators_are_attached_to_types_that_have_none_built_in_and_keep_machines_from_being_moved()
    {
        await MakeAsync(Request(), At("us-central1-a", type: "n1-standard-8", gpu: "T4:2"));
        await MakeAsync(Request(token: "t-2"), At("us-central1-a", type: "a2-highgpu-1g", gpu: "A100-40GB"));

        ComputeRequest[] inserts = [.. Server.Of("instances.insert")];
        Assert.Equal(("zones/us-central1-a/acceleratorTypes/nvidia-tesla-t4", "2"), (inserts[0]["guestAccelerators.0.acceleratorType"], inserts[0]["guestAccelerators.0.acceleratorCount"]));
        Assert.Null(inserts[1]["guestAccelerators"]);
        Assert.All(inserts, static insert => Assert.Equal("TERMINATE", insert["scheduling.onHostMaintenance"]));
    }

    [Theory]
    [InlineData("n4-standard-2", null, Architecture.X64, "ubuntu-2404-noble-amd64-v20261101", "hyperdisk-balanced")]
    [InlineData("t2a-standard-4", null, Architecture.Arm64, "ubuntu-2404-noble-arm64-v20261101", "pd-balanced")]
    [InlineData("a2-highgpu-1g", "A100-40GB", Architecture.X64, "ubuntu-accelerator-2404-amd64-with-nvidia-580-v20261101", "pd-balanced")]
    public async Task The_image_is_the_newest_of_its_family_and_the_disk_one_that_the_type_can_start_from(string type, string? gpu, Architecture architecture, string image, string disk)
    {
        await MakeAsync(Request(), At("us-central1-a", type: type, gpu: gpu, architecture: architecture));
        await MakeAsync(Request(token: "t-2"), At("us-central1-b", type: type, gpu: gpu, architecture: architecture));

        Assert.All(Server.Of("instances.insert"), insert => Assert.EndsWith($"/global/images/{image}", insert["disks.0.initializeParams.sourceImage"], StringComparison.Ordinal));
        Assert.All(Server.Of("instances.insert"), insert => Assert.EndsWith($"/diskTypes/{disk}", insert["disks.0.initializeParams.diskType"], StringComparison.Ordinal));
        Assert.Single(Server.Of("images.getFromFamily"));
    }

    [Fact]
    public async Task The_disk_is_never_smaller_than_the_image()
    {
        await MakeAsync(Request() with { DiskSize = 5 }, At("us-central1-a"));
        await MakeAsync(Request(token: "t-2") with { DiskSize = 0 }, At("us-central1-a"));

        Assert.Equal(["10", null], Server.Of("instances.insert").Select(static insert => insert["disks.0.initializeParams.diskSizeGb"]));
    }

    [Fact]
    public async Task An_image_that_was_replaced_since_is_looked_for_again()
    {
        await MakeAsync(Request(), At("us-central1-a"));
        Server.Families["ubuntu-os-cloud/ubuntu-2404-lts-amd64"] = ("ubuntu-2404-noble-amd64-v20261201", 10);

        await MakeAsync(Request(token: "t-2"), At("us-central1-a"));

        Assert.Equal(2, Server.Of("images.getFromFamily").Count);
    }

    [Fact]
    public async Task The_machines_of_a_gang_have_indexes_and_names_of_their_own()
    {
        IReadOnlyList<LeasedMachine> machines = await MakeAsync(Request(count: 4), At("us-central1-a"));

        Assert.Equal([0, 1, 2, 3], machines.Select(static machine => machine.Index));
        Assert.Equal(4, machines.Select(static machine => machine.Address).Distinct().Count());
        Assert.Equal(4, machines.Select(static machine => machine.Id).Distinct().Count());
        Assert.Equal(4, Server.Of("instances.insert").Select(static insert => insert.Query["requestId"]).Distinct().Count());
    }

    [Theory]
    [InlineData("Train.V2_large")]
    [InlineData("a-name-that-is-as-long-as-the-name-of-a-cluster-may-be-63-letters")]
    public async Task A_cluster_is_found_by_its_name_also_where_labels_do_not_allow_it(string cluster)
    {
        cluster = cluster[..Math.Min(63, cluster.Length)];
        await MakeAsync(Request() with { Cluster = cluster }, At("us-central1-a"));

        Assert.Equal(cluster, Assert.Single(await Cloud.FindAsync("ada", Token)).Cluster);
    }

    [Fact]
    public async Task Without_a_zone_the_region_is_gone_through_until_one_has_it()
    {
        Server.Zones["us-central1-a"].Capacity = 0;
        Server.Zones["us-central1-b"].MissingTypes.Add("n4-standard-2");
        Server.PageSize = 3;

        Assert.Equal("us-central1-c", Assert.Single(await MakeAsync(Request(), At(zone: null))).Zone);
    }

    [Fact]
    public async Task Without_a_zone_the_same_request_again_finds_the_machine_where_it_is()
    {
        Server.Zones["us-central1-a"].Capacity = 0;
        LeasedMachine first = Assert.Single(await MakeAsync(Request(), At(zone: null)));
        Server.Zones["us-central1-a"].Capacity = null;

        await using GcpCloud other = NewCloud(Options);
        Assert.Equal(first, Assert.Single(await MakeAsync(other, Request(), At(zone: null))));
        Assert.Single(Server.Instances);
    }

    [Fact]
    public async Task A_region_without_zones_is_left_out()
        => Assert.Equal(ProvisioningFailure.Unsupported, (await FailAsync(Request(), At(zone: null, region: "mars-north1"))).Failure);

    [Fact]
    public async Task The_options_say_where_machines_are_and_what_they_are_made_of()
    {
        await using GcpCloud cloud = NewCloud(Options with
        {
            Network = "projects/shared/global/networks/vpc",
            Subnetwork = "lab",
            UsePrivateAddress = true,
            ServiceAccount = "jobs@tests.iam.gserviceaccount.com",
            Image = "own-project/own-family",
        });

        LeasedMachine machine = Assert.Single(await MakeAsync(cloud, Request() with { DiskSize = 20 }, At("us-central1-a")));

        Assert.Equal("10.128.0.2", machine.Address);
        ComputeRequest insert = Assert.Single(Server.Of("instances.insert"));
        Assert.Equal(("projects/shared/global/networks/vpc", "regions/us-central1/subnetworks/lab"), (insert["networkInterfaces.0.network"], insert["networkInterfaces.0.subnetwork"]));
        Assert.Null(insert["networkInterfaces.0.accessConfigs"]);
        Assert.Equal("jobs@tests.iam.gserviceaccount.com", insert["serviceAccounts.0.email"]);
        Assert.Equal("50", insert["disks.0.initializeParams.diskSizeGb"]);
        Assert.StartsWith("shared/runhouse-", Assert.Single(Server.Firewalls).Key, StringComparison.Ordinal);
    }
}
