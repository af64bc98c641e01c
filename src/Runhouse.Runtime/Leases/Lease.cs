using System.Text.Json.Serialization;

namespace Runhouse.Runtime.Leases;

/// <summary>The machines of a cluster, as they are written down beside it before, while and after they are there.</summary>
internal sealed record Lease
{
    /// <summary>The id, in the tags of its machines.</summary>
    public required string Id { get; init; }

    /// <summary>The cluster's name.</summary>
    public required string Cluster { get; init; }

    /// <summary>How far it has come.</summary>
    public required LeaseState State { get; init; }

    /// <summary>The token of the request that was made last; another one for each candidate.</summary>
    public required string Token { get; init; }

    /// <summary>What was asked for last.</summary>
    public required MachineOffer Offer { get; init; }

    /// <summary>Whether it was asked for as a spot machine.</summary>
    public bool IsSpot { get; init; }

    /// <summary>The account in which it was asked for last, as <see cref="IMachineCloud.GetAccountAsync"/> says; null when that was not to be found out.</summary>
    public string? Account { get; init; }

    /// <summary>When it was asked for last.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Since when it has its machines; of no meaning before.</summary>
    public DateTimeOffset MadeAt { get; init; }

    /// <summary>How many machines it has.</summary>
    public required int Count { get; init; }

    /// <summary>The size of the machines' disks in GiB.</summary>
    public required int DiskSize { get; init; }

    /// <summary>Whether a machine that shuts itself down stops, and keeps its disk, instead of ending.</summary>
    public bool KeepsDisk { get; init; }

    /// <summary>The volumes of its machine.</summary>
    public IReadOnlyList<ClusterVolume> Volumes { get; init => field = value ?? []; } = [];

    /// <summary>Where each of them is found on the machine; empty before it has them.</summary>
    public IReadOnlyList<string> Devices { get; init => field = value ?? []; } = [];

    /// <summary>How often its machines were stopped and started again. Their addresses are others each time.</summary>
    public int Starts { get; init; }

    /// <summary>Since when they are known to have stopped; of no meaning unless they have.</summary>
    public DateTimeOffset StoppedAt { get; init; }

    /// <summary>The private key to log in with, as PEM.</summary>
    public required string LoginKey { get; init; }

    /// <summary>The private host key of the machines, as PEM.</summary>
    public required string HostKey { get; init; }

    /// <summary>The port that is open on the machines beside SSH's; null for none.</summary>
    public int? OpenPort { get; init; }

    /// <summary>The machines, in order; empty before there are any.</summary>
    public IReadOnlyList<LeasedMachine> Machines { get; init => field = value ?? []; } = [];

    /// <summary>Which machines have answered once: until then they may still be starting.</summary>
    public IReadOnlyList<int> Answered { get; init => field = value ?? []; } = [];

    /// <summary>What was asked for last, as it is chosen among.</summary>
    [JsonIgnore]
    public Candidate Candidate => new(Offer, IsSpot);

    /// <summary>Whether its machines were stopped, or are on the way there or back: their disks are kept, and it is not certain that they run.</summary>
    [JsonIgnore]
    public bool IsStopped => State is LeaseState.Stopping or LeaseState.Stopped or LeaseState.Starting;

    /// <summary>What one hour of all machines costs, in US dollars; null when that is not known.</summary>
    [JsonIgnore]
    public decimal? Price => Candidate.Price * Count;
}

/// <summary>The JSON of <see cref="Lease"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Lease))]
internal sealed partial class LeaseJson : JsonSerializerContext;
