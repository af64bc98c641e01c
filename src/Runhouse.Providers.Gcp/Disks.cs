using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.Gcp;

/// <summary>The disks that outlive instances.</summary>
/// <param name="api">The API.</param>
/// <param name="operations">Waits for what was begun.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="timing">How long they are waited for.</param>
internal sealed class Disks(IComputeApi api, Operations operations, Patience patience, GcpTiming timing)
{
    /// <summary>Those of an owner.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<IReadOnlyList<CloudVolume>> OfOwnerAsync(string owner, CancellationToken cancellationToken)
    {
        var found = new List<Disk>();
        string? next = null;
        do
        {
            string? token = next;
            DiskPage page = await patience.AskAsync(stop => api.ListDisksAsync($"labels.{MachineTags.Owner}={Labels.ValueOf(owner)}", token, stop), cancellationToken).ConfigureAwait(false);

            // A zone that does not answer may have some: none of them is not the answer.
            if (page.Unreachables is { Count: > 0 } silent)
                throw new ComputeException(503, "UNREACHABLE", $"{string.Join(", ", silent)} did not answer");
            found.AddRange((page.Items ?? []).Values.SelectMany(static scope => scope.Disks ?? []));
            next = page.NextPageToken;
        }
        while (next is { Length: > 0 });
        return [.. found.Where(static disk => disk.Labels?.ContainsKey(VolumeRequest.NameTag) == true).Select(ToVolume)];
    }

    /// <summary>Makes one, blank; one of its name that is there is given.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<CloudVolume> MakeAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        string zone = request.Machine.Zone;
        var disk = new Disk
        {
            Name = $"rh-{request.Name}-{Labels.HashOf(request.Owner)}",
            SizeGb = request.Size,
            Type = $"zones/{zone}/diskTypes/{InsertRequest.DiskTypeOf(request.Machine.InstanceType)}",
            Labels = new Dictionary<string, string> { [MachineTags.Owner] = Labels.ValueOf(request.Owner), [VolumeRequest.NameTag] = request.Name },
        };
        try
        {
            Operation made = await patience.AskAsync(token => api.InsertDiskAsync(zone, disk, token), cancellationToken).ConfigureAwait(false);
            await operations.WaitAsync(made, timing.StartLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (ComputeException exception) when (exception.IsAlreadyThere)
        {
            // Of this request, whose answer was lost: names are of an owner's volume alone.
        }

        return ToVolume(await patience.AskAsync(token => api.GetDiskAsync(zone, disk.Name, token), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Gives one to an instance, and waits until it has it.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="machine">The instance.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">It does not have it.</exception>
    public async Task AttachAsync(CloudVolume volume, LeasedMachine machine, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        while (true)
        {
            Disk now = await patience.AskAsync(token => api.GetDiskAsync(volume.Zone, volume.Id, token), cancellationToken).ConfigureAwait(false);
            if (ToVolume(now).AttachedTo == machine.Id)
                return;
            if (pauses.Elapsed > timing.StartLimit)
                throw new TimeoutException($"Compute Engine has not attached {volume.Id} to {machine.Id} within {timing.StartLimit}");

            // One that another instance leaves is waited for.
            if (now.Users is not { Count: > 0 })
            {
                var attached = new AttachedDisk { AutoDelete = false, DeviceName = volume.Id, Source = $"zones/{volume.Zone}/disks/{volume.Id}" };
                try
                {
                    Operation operation = await patience.AskAsync(token => api.AttachDiskAsync(machine.Zone, machine.Id, attached, token), cancellationToken).ConfigureAwait(false);
                    await operations.WaitAsync(operation, timing.StartLimit, cancellationToken).ConfigureAwait(false);
                }
                catch (ComputeException exception) when (exception.Code is "resourceInUseByAnotherResource" or "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE")
                {
                    // An answer was lost, or another one was faster: it is looked at again.
                }
            }

            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes one, and waits until it is gone; one that is gone is no error.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task DeleteAsync(CloudVolume volume, CancellationToken cancellationToken)
    {
        try
        {
            Operation operation = await patience.AskAsync(token => api.DeleteDiskAsync(volume.Zone, volume.Id, token), cancellationToken).ConfigureAwait(false);
            await operations.WaitAsync(operation, timing.EndLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (ComputeException exception) when (exception.IsNotFound)
        {
            // As it should be.
        }
    }

    private static CloudVolume ToVolume(Disk disk)
    {
        string zone = LastOf(disk.Zone);
        return new CloudVolume
        {
            Provider = "gcp",
            Region = zone.LastIndexOf('-') is > 0 and var end ? zone[..end] : zone,
            Zone = zone,
            Id = disk.Name,
            Name = disk.Labels?.GetValueOrDefault(VolumeRequest.NameTag) ?? "",
            Size = (int)(disk.SizeGb ?? 0),
            AttachedTo = disk.Users?.FirstOrDefault() is { } user ? LastOf(user) : null,
            Device = $"/dev/disk/by-id/google-{disk.Name}",
        };
    }

    private static string LastOf(string? path) => path?.Split('/')[^1] ?? "";
}
