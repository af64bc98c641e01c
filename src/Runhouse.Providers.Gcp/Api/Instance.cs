using System.Text.Json.Serialization;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>An instance, as it is asked for and as there is one. Places are paths: <c>zones/us-central1-a/machineTypes/n4-standard-2</c>.</summary>
internal sealed record Instance
{
    public string? Name { get; init; }

    public string? MachineType { get; init; }

    public string? Zone { get; init; }

    public string? Status { get; init; }

    public string? StatusMessage { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public InstanceMetadata? Metadata { get; init; }

    public InstanceTags? Tags { get; init; }

    public List<AttachedDisk>? Disks { get; init; }

    public List<NetworkInterface>? NetworkInterfaces { get; init; }

    public List<AttachedAccelerator>? GuestAccelerators { get; init; }

    public Scheduling? Scheduling { get; init; }

    public List<AttachedServiceAccount>? ServiceAccounts { get; init; }
}

/// <summary>What an instance can read of itself.</summary>
internal sealed record InstanceMetadata(List<MetadataItem>? Items);

/// <summary>A key and its value.</summary>
internal sealed record MetadataItem(string Key, string? Value);

/// <summary>The network tags of an instance, by which firewall rules find it.</summary>
internal sealed record InstanceTags(List<string>? Items);

/// <summary>A disk that is made with its instance, or given to it.</summary>
internal sealed record AttachedDisk
{
    public bool Boot { get; init; }

    public bool AutoDelete { get; init; }

    /// <summary>A disk that there is already.</summary>
    public string? Source { get; init; }

    /// <summary>By what the instance's system finds it.</summary>
    public string? DeviceName { get; init; }

    public InitializeParams? InitializeParams { get; init; }
}

/// <summary>What a disk is made of.</summary>
internal sealed record InitializeParams
{
    public string? SourceImage { get; init; }

    public string? DiskType { get; init; }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
    public long? DiskSizeGb { get; init; }

    public Dictionary<string, string>? Labels { get; init; }
}

/// <summary>A network that an instance is in.</summary>
internal sealed record NetworkInterface
{
    public string? Network { get; init; }

    public string? Subnetwork { get; init; }

    [JsonPropertyName("networkIP")]
    public string? NetworkAddress { get; init; }

    public List<AccessConfig>? AccessConfigs { get; init; }
}

/// <summary>The public address of an instance in a network.</summary>
internal sealed record AccessConfig
{
    public string? Name { get; init; }

    public string? Type { get; init; }

    [JsonPropertyName("natIP")]
    public string? PublicAddress { get; init; }
}

/// <summary>Accelerators that are attached to an instance whose type has none.</summary>
internal sealed record AttachedAccelerator(string AcceleratorType, int AcceleratorCount);

/// <summary>How an instance is bought, and when it ends.</summary>
internal sealed record Scheduling
{
    public string? ProvisioningModel { get; init; }

    public string? OnHostMaintenance { get; init; }

    public bool? AutomaticRestart { get; init; }

    public string? InstanceTerminationAction { get; init; }

    public RunDuration? MaxRunDuration { get; init; }
}

/// <summary>A length of time.</summary>
internal sealed record RunDuration([property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)] long Seconds);

/// <summary>The account that an instance has.</summary>
internal sealed record AttachedServiceAccount(string Email, List<string> Scopes);
