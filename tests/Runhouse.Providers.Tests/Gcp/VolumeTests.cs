using Runhouse.Providers.Compute;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Gcp;

/// <summary>Disks that outlive machines.</summary>
public sealed class VolumeTests : GcpTest
{
    [Fact]
    public async Task A_volume_is_made_once_attached_found_and_deleted_whichever_answers_are_lost()
    {
        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        foreach (string action in (string[])["disks.insert", "disks.get", "instances.attachDisk", "disks.aggregatedList", "disks.delete"])
            Server.CutNext(action);
        CloudVolume made = await Cloud.MakeVolumeAsync(Wanted(machine), Token);
        Assert.Equal(("data", 20, "us-central1", "us-central1-a", null, $"/dev/disk/by-id/google-{made.Id}"), (made.Name, made.Size, made.Region, made.Zone, made.AttachedTo, made.Device));
        Assert.Equal("zones/us-central1-a/diskTypes/hyperdisk-balanced", Server.Of("disks.insert")[0]["type"]);
        Assert.Equal(made, await Cloud.MakeVolumeAsync(Wanted(machine), Token));

        await Cloud.AttachVolumeAsync(made, machine, Token);
        await Cloud.AttachVolumeAsync(made, machine, Token);
        Assert.Equal(machine.Id, Assert.Single(await Cloud.FindVolumesAsync("ada", Token)).AttachedTo);
        Assert.Empty(await Cloud.FindVolumesAsync("bob", Token));
        Assert.Equal("false", Server.Of("instances.attachDisk")[0]["autoDelete"] ?? "false");

        await Cloud.EndAsync([machine], Token);
        Assert.Null(Assert.Single(await Cloud.FindVolumesAsync("ada", Token)).AttachedTo);
        await Cloud.DeleteVolumeAsync(made, Token);
        await Cloud.DeleteVolumeAsync(made, Token);
        Assert.Empty(await Cloud.FindVolumesAsync("ada", Token));
    }

    [Fact]
    public async Task A_refusal_is_an_error_that_names_the_volume_and_the_permission()
    {
        LeasedMachine machine = Assert.Single(await MakeAsync(Request(), At("us-central1-a")));
        Server.FailNext("disks.insert", ComputeRefusalException.Denied("compute.disks.create", "projects/tests"));
        CredentialsException refused = await Assert.ThrowsAsync<CredentialsException>(() => Cloud.MakeVolumeAsync(Wanted(machine), Token));
        Assert.StartsWith("The volume data cannot be made in us-central1-a (gcp): IAM_PERMISSION_DENIED: Required 'compute.disks.create'", refused.Message, StringComparison.Ordinal);
    }

    private static VolumeRequest Wanted(LeasedMachine machine) => new() { Token = "t-1", Owner = "ada", Name = "data", Size = 20, Machine = machine };
}
