using System.Xml.Linq;
using Runhouse.Providers.Machines;
using static Runhouse.Providers.Ec2.Ec2Xml;

namespace Runhouse.Providers.Ec2;

/// <summary>What the server does with volumes.</summary>
/// <param name="ec2">The server.</param>
internal sealed class VolumeActions(FakeEc2 ec2)
{
    public IEnumerable<object?> Create(FakeRegion region, Ec2Request request)
    {
        if (request["ClientToken"] is { } token && region.Volumes.FirstOrDefault(one => one.Request["ClientToken"] == token) is { } made)
            return Write(made);
        FakeZone zone = region.Zones.FirstOrDefault(one => one.Id == request["AvailabilityZoneId"] || one.Name == request["AvailabilityZone"])
            ?? throw new Ec2Exception("InvalidParameterValue", $"Invalid availability zone: [{request["AvailabilityZoneId"]}]");
        var volume = new FakeVolume(FakeRegion.NewId("vol"), request, zone);
        region.Volumes.Add(volume);
        return Write(volume);
    }

    public IEnumerable<object?> Describe(FakeRegion region, Ec2Request request)
    {
        IEnumerable<FakeVolume> fitting = Ec2Filters.Apply(request, region.Volumes.Where(one => one.Request.Account == request.Account), static (one, filter) => filter switch
        {
            "volume-id" => [one.Id],
            _ => Ec2Filters.OfTags(one.Tags, filter),
        });
        return [Set("volumeSet", fitting, Write)];
    }

    public IEnumerable<object?> Attach(FakeRegion region, Ec2Request request)
    {
        FakeVolume volume = VolumeOf(region, request);
        FakeInstance instance = region.Instances.FirstOrDefault(one => one.Id == request["InstanceId"])
            ?? throw new Ec2Exception("InvalidInstanceID.NotFound", $"The instance ID '{request["InstanceId"]}' does not exist");
        if (volume.AttachedTo is not null)
            throw new Ec2Exception("VolumeInUse", $"{volume.Id} is already attached to an instance");
        if (volume.Zone != instance.Subnet.Zone)
            throw new Ec2Exception("InvalidVolume.ZoneMismatch", $"The volume '{volume.Id}' is not in the same availability zone as instance '{instance.Id}'");
        string device = request.Required("Device");
        if (region.Volumes.Any(one => one.AttachedTo == instance.Id && one.Device == device))
            throw new Ec2Exception("InvalidParameterValue", $"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use");
        (volume.AttachedTo, volume.Device) = (instance.Id, device);
        volume.Attaching = ec2.Machines.AttachAsync(new FakeDisk(volume.Id, $"disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume.Id.Replace("-", "", StringComparison.Ordinal)}"));
        return Attachment(volume);
    }

    public IEnumerable<object?> Delete(FakeRegion region, Ec2Request request)
    {
        FakeVolume volume = VolumeOf(region, request);
        if (volume.AttachedTo is { } holder)
            throw new Ec2Exception("VolumeInUse", $"Volume {volume.Id} is currently attached to {holder}");
        region.Volumes.Remove(volume);
        return [Element("return", "true")];
    }

    private static FakeVolume VolumeOf(FakeRegion region, Ec2Request request) => region.Volumes.FirstOrDefault(one => one.Id == request["VolumeId"])
        ?? throw new Ec2Exception("InvalidVolume.NotFound", $"The volume '{request["VolumeId"]}' does not exist.");

    private static IEnumerable<object?> Write(FakeVolume one) =>
    [
        Element("volumeId", one.Id),
        Element("size", one.Request.Required("Size")),
        Element("availabilityZone", one.Zone.Name),
        Element("availabilityZoneId", one.Zone.Id),
        Element("status", one.AttachedTo is null ? "available" : "in-use"),
        Element("volumeType", one.Request["VolumeType"]),
        Set("attachmentSet", one.AttachedTo is null ? Array.Empty<FakeVolume>() : [one], Attachment),
        Tags(one.Tags),
    ];

    private static IEnumerable<object?> Attachment(FakeVolume one) =>
    [
        Element("volumeId", one.Id), Element("instanceId", one.AttachedTo), Element("device", one.Device), Element("status", one.Attaching.IsCompletedSuccessfully ? "attached" : "attaching"), Element("deleteOnTermination", "false"),
    ];
}
