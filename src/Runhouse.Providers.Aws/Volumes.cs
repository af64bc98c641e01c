using System.Globalization;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Aws;

/// <summary>The volumes of a region that outlive instances.</summary>
/// <param name="client">EC2's client.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="timing">How long they are waited for.</param>
/// <param name="region">The region.</param>
internal sealed class Volumes(IAmazonEC2 client, Patience patience, AwsTiming timing, string region)
{
    private const int LargestPage = 500;

    // EC2's names for the devices of instances; what the system calls them is another matter.
    private const string FirstDevice = "fghijklmnop";

    /// <summary>Those of an owner.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<CloudVolume>> OfOwnerAsync(string owner, CancellationToken cancellationToken)
        => [.. (await ListAsync([new Filter($"tag:{MachineTags.Owner}", [owner]), new Filter("tag-key", [VolumeRequest.NameTag])], cancellationToken).ConfigureAwait(false)).Select(ToVolume)];

    /// <summary>Makes one, blank; asked again with the same token it gives what was made.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<CloudVolume> MakeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        List<Tag> tags = [new Tag("Name", $"runhouse {request.Name}"), new Tag(MachineTags.Owner, request.Owner), new Tag(VolumeRequest.NameTag, request.Name)];
        var create = new CreateVolumeRequest
        {
            AvailabilityZoneId = request.Machine.Zone,
            Size = request.Size,
            VolumeType = VolumeType.Gp3,
            Encrypted = true,
            ClientToken = request.Token,
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Volume, Tags = tags }],
        };
        CreateVolumeResponse made = await patience.AskAsync(token => client.CreateVolumeAsync(create, token), cancellationToken).ConfigureAwait(false);
        return ToVolume(made.Volume) with { Zone = request.Machine.Zone };
    }

    /// <summary>Gives one to an instance, and waits until it has it.</summary>
    /// <param name="id">The volume.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It does not have it.</exception>
    public async Task AttachAsync(string id, string instance, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        int device = 0;
        while (true)
        {
            Amazon.EC2.Model.Volume? now = (await ListAsync([new Filter("volume-id", [id])], cancellationToken).ConfigureAwait(false)).FirstOrDefault();
            VolumeAttachment? attachment = now?.Attachments?.FirstOrDefault();
            if (attachment is { State.Value: "attached" } && attachment.InstanceId == instance)
                return;
            if (pauses.Elapsed > timing.StartLimit)
                throw new TimeoutException($"EC2 has not attached {id} to {instance} within {timing.StartLimit.ToString("c", CultureInfo.InvariantCulture)}");

            // One that is made, or that another instance leaves, is waited for.
            if (now is { State.Value: "available" } && device < FirstDevice.Length)
            {
                try
                {
                    var attach = new AttachVolumeRequest { VolumeId = id, InstanceId = instance, Device = $"/dev/sd{FirstDevice[device]}" };
                    await patience.AskAsync(token => client.AttachVolumeAsync(attach, token), cancellationToken).ConfigureAwait(false);
                }
                catch (AmazonEC2Exception exception) when (exception.ErrorCode == "InvalidParameterValue" && exception.Message.Contains("already in use", StringComparison.OrdinalIgnoreCase))
                {
                    // Another volume has the device's name.
                    device++;
                    continue;
                }
                catch (AmazonEC2Exception exception) when (exception.ErrorCode == "VolumeInUse")
                {
                    // An answer was lost, or the list is late: it is looked at again.
                }
            }

            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes one, and waits until it is gone; one that is gone is no error.</summary>
    /// <param name="id">The volume.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It is not gone.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        try
        {
            await patience.AskAsync(token => client.DeleteVolumeAsync(new DeleteVolumeRequest(id), token), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonEC2Exception exception) when (AwsFault.IsNotFound(exception, "InvalidVolume"))
        {
            return;
        }

        while ((await ListAsync([new Filter("volume-id", [id])], cancellationToken).ConfigureAwait(false)).Any(static one => one.State != VolumeState.Deleted))
        {
            if (pauses.Elapsed > timing.EndLimit)
                throw new TimeoutException($"EC2 has not deleted {id} within {timing.EndLimit}");
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private CloudVolume ToVolume(Amazon.EC2.Model.Volume volume) => new()
    {
        Provider = "aws",
        Region = region,
        Zone = volume.AvailabilityZoneId ?? volume.AvailabilityZone ?? region,
        Id = volume.VolumeId,
        Name = volume.Tags?.FirstOrDefault(static tag => tag.Key == VolumeRequest.NameTag)?.Value ?? "",
        Size = volume.Size ?? 0,
        AttachedTo = volume.Attachments?.FirstOrDefault(static one => one.State != VolumeAttachmentState.Detached)?.InstanceId,

        // By the volume's id, which instances of today give as the serial number of the device.
        Device = $"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume.VolumeId.Replace("-", "", StringComparison.Ordinal)}",
    };

    private async Task<List<Amazon.EC2.Model.Volume>> ListAsync(List<Filter> filters, CancellationToken cancellationToken)
    {
        var request = new DescribeVolumesRequest { Filters = filters, MaxResults = LargestPage };
        var volumes = new List<Amazon.EC2.Model.Volume>();
        do
        {
            DescribeVolumesResponse page = await patience.AskAsync(token => client.DescribeVolumesAsync(request, token), cancellationToken).ConfigureAwait(false);
            volumes.AddRange(page.Volumes ?? []);
            request.NextToken = page.NextToken;
        }
        while (request.NextToken is { Length: > 0 });
        return volumes;
    }
}
