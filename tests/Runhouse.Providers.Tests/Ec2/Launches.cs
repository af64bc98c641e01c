namespace Runhouse.Providers.Ec2;

/// <summary>What the server checks of a request for machines, before it looks whether it has any.</summary>
internal static class Launches
{
    private const int LargestUserData = 16384;

    /// <summary>Checks it.</summary>
    /// <returns>Where the machines are to be.</returns>
    public static FakeSubnet Check(FakeRegion region, Ec2Request request)
    {
        FakeImage image = region.Images.FirstOrDefault(one => one.Id == request.Required("ImageId"))
            ?? throw new Ec2Exception("InvalidAMIID.NotFound", $"The image id '[{request["ImageId"]}]' does not exist");
        if (request.Required("InstanceType").Split('.')[0] is { } family && IsArm(family) != (image.Architecture == "arm64"))
            throw new Ec2Exception("InvalidParameterValue", $"The architecture of the specified instance type does not match the architecture '{image.Architecture}' of the specified AMI.");
        if (request["UserData"] is { } data && Convert.FromBase64String(data).Length > LargestUserData)
            throw new Ec2Exception("InvalidParameterValue", $"User data is limited to {LargestUserData} bytes");
        if (request["BlockDeviceMapping.1.Ebs.VolumeSize"] is not null && request.Number("BlockDeviceMapping.1.Ebs.VolumeSize", 0) < image.DiskSize)
            throw new Ec2Exception("InvalidBlockDeviceMapping", $"Volume of size {request["BlockDeviceMapping.1.Ebs.VolumeSize"]}GB is smaller than snapshot 'snap-0', expect size >= {image.DiskSize}GB");
        string? id = request["NetworkInterface.1.SubnetId"] ?? request["SubnetId"];
        string? zone = request["Placement.AvailabilityZoneId"] ?? request["Placement.AvailabilityZone"];
        FakeSubnet subnet = region.Subnets.FirstOrDefault(one => id is not null ? one.Id == id : one.IsDefault && (zone is null || one.Zone.Id == zone || one.Zone.Name == zone))
            ?? throw new Ec2Exception("InvalidSubnetID.NotFound", $"The subnet ID '{id}' does not exist");
        foreach (string group in request.List("NetworkInterface.1.SecurityGroupId"))
        {
            if (!region.Groups.Any(one => one.Id == group && one.Vpc == subnet.Vpc))
                throw new Ec2Exception("InvalidGroup.NotFound", $"The security group '{group}' does not exist");
        }

        return subnet;
    }

    // a1, c7g, m8gn, g5g
    private static bool IsArm(string family) => family == "a1" || family.SkipWhile(static letter => !char.IsDigit(letter)).Contains('g');
}
