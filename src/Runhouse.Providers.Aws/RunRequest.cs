using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Leases;
using MachineImage = Amazon.EC2.Model.Image;

namespace Runhouse.Providers.Aws;

/// <summary>Writes the request that makes machines.</summary>
internal static class RunRequest
{
    /// <summary>Writes it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="candidate">Which machine, bought how.</param>
    /// <param name="image">What it starts from.</param>
    /// <param name="subnet">Where it is; its zone is the machine's.</param>
    /// <param name="group">The security group.</param>
    /// <param name="options">The options.</param>
    public static RunInstancesRequest Write(LeaseRequest request, Candidate candidate, MachineImage image, Subnet subnet, string group, AwsOptions options)
    {
        List<Tag> tags = [new Tag("Name", $"runhouse {request.Cluster}"), .. request.Tags.Select(static tag => new Tag(tag.Key, tag.Value))];
        var run = new RunInstancesRequest
        {
            ImageId = image.ImageId,
            InstanceType = new InstanceType(candidate.Offer.InstanceType),

            // All or none.
            MinCount = request.Count,
            MaxCount = request.Count,
            UserData = Convert.ToBase64String(Encoding.UTF8.GetBytes(request.UserData)),

            // A machine that shuts itself down is gone, and its disk with it: nothing is paid for that nobody holds. Unless the disk is to be kept.
            InstanceInitiatedShutdownBehavior = request.KeepsDisk ? ShutdownBehavior.Stop : ShutdownBehavior.Terminate,
            MetadataOptions = new InstanceMetadataOptionsRequest { HttpEndpoint = InstanceMetadataEndpointState.Enabled, HttpTokens = HttpTokensState.Required },
            NetworkInterfaces =
            [
                new InstanceNetworkInterfaceSpecification
                {
                    DeviceIndex = 0, SubnetId = subnet.SubnetId, Groups = [group], AssociatePublicIpAddress = !options.UsePrivateAddress, DeleteOnTermination = true,
                },
            ],
            BlockDeviceMappings = [new BlockDeviceMapping { DeviceName = image.RootDeviceName ?? "/dev/sda1", Ebs = Disk(request.DiskSize, image) }],
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Instance, Tags = tags }, new TagSpecification { ResourceType = ResourceType.Volume, Tags = tags }],
        };
        if (candidate.IsSpot)
        {
            run.InstanceMarketOptions = new InstanceMarketOptionsRequest
            {
                MarketType = MarketType.Spot,
                SpotOptions = new SpotMarketOptions { SpotInstanceType = SpotInstanceType.OneTime, InstanceInterruptionBehavior = InstanceInterruptionBehavior.Terminate },
            };
        }

        if (options.InstanceProfile is { } profile)
        {
            run.IamInstanceProfile = profile.StartsWith("arn:", StringComparison.Ordinal)
                ? new IamInstanceProfileSpecification { Arn = profile }
                : new IamInstanceProfileSpecification { Name = profile };
        }

        return run;
    }

    // Never smaller than what the image brings.
    private static EbsBlockDevice Disk(int size, MachineImage image)
    {
        var disk = new EbsBlockDevice { VolumeType = VolumeType.Gp3, DeleteOnTermination = true };
        int least = image.BlockDeviceMappings?.FirstOrDefault(device => device.DeviceName == image.RootDeviceName)?.Ebs?.VolumeSize ?? 0;
        if (size > 0)
            disk.VolumeSize = Math.Max(size, least);
        return disk;
    }
}
