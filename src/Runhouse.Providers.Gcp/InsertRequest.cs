using System.Globalization;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>Writes the request that makes a machine.</summary>
internal static class InsertRequest
{
    // cloud.google.com/compute/docs/instances/limit-vm-runtime: what a limit may be.
    private const long ShortestRun = 30;
    private const long LongestRun = 120 * 24 * 3600;

    // cloud.google.com/compute/docs/disks/hyperdisks: the types that start from no other disk.
    private static readonly string[] HyperdiskOnly = ["a3-ultragpu", "a4", "a4x", "c4", "c4a", "c4d", "g4", "h4d", "m4", "n4", "n4a", "n4d", "x4"];

    // cloud.google.com/compute/docs/gpus: those that are attached to types of the family N1. Other families have theirs built in.
    private static readonly Dictionary<string, string> Attached = new(StringComparer.OrdinalIgnoreCase)
    {
        ["K80"] = "nvidia-tesla-k80",
        ["P4"] = "nvidia-tesla-p4",
        ["P100"] = "nvidia-tesla-p100",
        ["T4"] = "nvidia-tesla-t4",
        ["V100"] = "nvidia-tesla-v100",
    };

    /// <summary>The path of the network that machines are in.</summary>
    /// <param name="options">The options.</param>
    public static string NetworkOf(GcpOptions options) => PathOf(options.Network ?? "default", "global/networks");

    /// <summary>The type of the disks of machines.</summary>
    /// <param name="type">The machines' type.</param>
    public static string DiskTypeOf(string type) => HyperdiskOnly.Any(family => type.StartsWith($"{family}-", StringComparison.Ordinal)) ? "hyperdisk-balanced" : "pd-balanced";

    /// <summary>Writes it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="candidate">Which machine, in which zone, bought how.</param>
    /// <param name="index">Which one of the request's machines it is.</param>
    /// <param name="image">What it starts from.</param>
    /// <param name="tag">The network tag.</param>
    /// <param name="options">The options.</param>
    public static Instance Write(LeaseRequest request, Candidate candidate, int index, MachineImage image, string tag, GcpOptions options)
    {
        MachineOffer offer = candidate.Offer;
        var labels = request.Tags.ToDictionary(static one => one.Key, static one => Labels.ValueOf(one.Value), StringComparer.Ordinal);
        labels[Instances.IndexLabel] = index.ToString(CultureInfo.InvariantCulture);
        return new Instance
        {
            Name = LaunchNames.Of(request, candidate, index),
            MachineType = $"zones/{offer.Zone}/machineTypes/{offer.InstanceType}",
            Labels = labels,
            Tags = new InstanceTags([tag]),
            Metadata = new InstanceMetadata(
            [
                new MetadataItem("user-data", request.UserData),
                new MetadataItem(Instances.ClusterKey, request.Cluster),

                // Nobody logs in but with the lease's key: neither those with a key in the project, nor those whom IAM knows.
                new MetadataItem("block-project-ssh-keys", "TRUE"),
                new MetadataItem("enable-oslogin", "FALSE"),
            ]),
            Disks = [Disk(request.DiskSize, offer, image, labels)],
            NetworkInterfaces =
            [
                new NetworkInterface
                {
                    Network = NetworkOf(options),
                    Subnetwork = options.Subnetwork is { } subnetwork ? PathOf(subnetwork, $"regions/{offer.Region}/subnetworks") : null,
                    AccessConfigs = options.UsePrivateAddress ? null : [new AccessConfig { Name = "External NAT", Type = "ONE_TO_ONE_NAT" }],
                },
            ],
            GuestAccelerators = AcceleratorsOf(offer),
            Scheduling = SchedulingOf(request, candidate),
            ServiceAccounts = options.ServiceAccount is { } account ? [new AttachedServiceAccount(account, ["https://www.googleapis.com/auth/cloud-platform"])] : null,
        };
    }

    private static Scheduling SchedulingOf(LeaseRequest request, Candidate candidate)
    {
        RunDuration? longest = request.Longest is { } time ? new RunDuration(Math.Clamp((long)Math.Ceiling(time.TotalSeconds), ShortestRun, LongestRun)) : null;
        return new Scheduling
        {
            ProvisioningModel = candidate.IsSpot ? "SPOT" : "STANDARD",

            // One that was stopped is not started again behind the back of its lease, with another address.
            AutomaticRestart = false,
            OnHostMaintenance = candidate.IsSpot || candidate.Offer.Accelerator is not null ? "TERMINATE" : null,
            InstanceTerminationAction = !candidate.IsSpot && longest is null ? null : request.KeepsDisk ? "STOP" : "DELETE",
            MaxRunDuration = longest,
        };
    }

    // Never smaller than what the image brings.
    private static AttachedDisk Disk(int size, MachineOffer offer, MachineImage image, Dictionary<string, string> labels)
    {
        return new AttachedDisk
        {
            Boot = true,
            AutoDelete = true,
            InitializeParams = new InitializeParams
            {
                SourceImage = image.SelfLink,
                DiskType = $"zones/{offer.Zone}/diskTypes/{DiskTypeOf(offer.InstanceType)}",
                DiskSizeGb = size > 0 ? Math.Max(size, image.DiskSizeGb ?? 0) : null,
                Labels = labels,
            },
        };
    }

    private static List<AttachedAccelerator>? AcceleratorsOf(MachineOffer offer)
    {
        if (offer.Accelerator is not { } accelerator || !offer.InstanceType.StartsWith("n1-", StringComparison.Ordinal))
            return null;
        string type = Attached.GetValueOrDefault(accelerator.Name.Split('-')[0], $"nvidia-{accelerator.Name.ToLowerInvariant()}");
        return [new AttachedAccelerator($"zones/{offer.Zone}/acceleratorTypes/{type}", accelerator.Count)];
    }

    // A name, a path, or an address that ends with a path.
    private static string PathOf(string text, string place)
    {
        if (!text.Contains('/', StringComparison.Ordinal))
            return $"{place}/{text}";
        int path = text.IndexOf("projects/", StringComparison.Ordinal);
        return path < 0 ? text : text[path..];
    }
}
