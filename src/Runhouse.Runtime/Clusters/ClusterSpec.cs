using System.Globalization;
using System.Text.Json.Serialization;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Runtime.Clusters;

/// <summary>What a cluster is declared to be. This is what is saved under its name, and what two declarations of one name must agree in.</summary>
internal sealed record ClusterSpec
{
    /// <summary>The cluster of this machine.</summary>
    public static readonly ClusterSpec Local = new() { Name = "local", Provider = "local", Hosts = ["this machine"] };

    /// <summary>The cluster's name.</summary>
    public required string Name { get; init; }

    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    /// <summary>Its hosts as the provider names them, in order.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>What its machines must have, where they are leased; null where they are named.</summary>
    [JsonConverter(typeof(ResourcesConverter))]
    public Resources? Needs { get; init; }

    /// <summary>After how long without work its hosts stop; null: what the configuration says; negative: never.</summary>
    public TimeSpan? Autostop { get; init; }

    /// <summary>Whether its leased machines stop and keep their disks where others end; null: what the configuration says.</summary>
    public bool? KeepsDisk { get; init; }

    /// <summary>The volumes of its machine, where that is leased.</summary>
    public IReadOnlyList<ClusterVolume> Volumes { get; init => field = value ?? []; } = [];

    /// <summary>The port that is open on its machines, 0 for any that is free; null: what the configuration says.</summary>
    public int? OpenPort { get; init; }

    /// <summary>
    /// The port that a host which is started for this declaration opens: its own, or the one that other declarations of the cluster have asked for. Calls go
    /// there only by <see cref="OpenPort"/>, so that a program which leaves that out has SSH carry its calls.
    /// </summary>
    [JsonIgnore]
    public int? HostPort { get => field ?? OpenPort; init; }

    /// <summary>The provider of the spot machines that a host is started on; null for machines that are not taken back.</summary>
    [JsonIgnore]
    public string? SpotOf { get; init; }

    /// <summary>The memory that each of its machines is sold with, in GiB; null for what their systems show.</summary>
    [JsonIgnore]
    public double? MachineMemory { get; init; }

    /// <summary>
    /// The name of the hosts' folders on their machines, where that is not the cluster's: those of several users of this library, or of several clusters of one name, may have one home there.
    /// </summary>
    [JsonIgnore]
    public string? HostFolder { get; init; }

    /// <summary>
    /// Whether an image was applied to a host of it, so that code belongs into that image's environment whichever program brings it. It says nothing about
    /// which machines the cluster asks for, and stays until the cluster is taken down.
    /// </summary>
    public bool HasImage { get; init; }

    /// <summary>Where its machines were asked for first, by whom only they can be seen, until it is taken down; null where no scheduler places them, and before.</summary>
    public AllocationSite? Site { get; init; }

    /// <summary>When it was first saved; null before.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether another declaration asks for the same machines.</summary>
    /// <param name="other">The other declaration.</param>
    public bool AsksForSame(ClusterSpec other) => (Name, Provider, Needs) == (other.Name, other.Provider, other.Needs) && Hosts.SequenceEqual(other.Hosts, StringComparer.Ordinal)
        && Volumes.SequenceEqual(other.Volumes);

    /// <summary>What it asks for, for messages.</summary>
    public string Describe() => Needs is null
        ? $"{Provider} on {string.Join(", ", Hosts)}"
        : string.Create(CultureInfo.InvariantCulture, $"{Hosts.Count} {(Hosts.Count == 1 ? "machine" : "machines")} on demand with {Needs}{string.Concat(Volumes.Select(static volume => $", volume {volume}"))}");

    /// <summary>The name of a host's folder on its machine.</summary>
    /// <param name="host">Which of the hosts, from 0.</param>
    public string FolderOf(int host) => Hosts.Count == 1 ? HostFolder ?? Name : string.Create(CultureInfo.InvariantCulture, $"{HostFolder ?? Name}@{host}");

    /// <summary>This declaration, to be saved: with what it leaves open as it was saved before.</summary>
    /// <param name="saved">The cluster as it is saved; null when it is not.</param>
    public ClusterSpec Onto(ClusterSpec? saved) => this with
    {
        Autostop = Autostop ?? saved?.Autostop,
        KeepsDisk = KeepsDisk ?? saved?.KeepsDisk,
        OpenPort = OpenPort ?? saved?.OpenPort,
        HasImage = HasImage || saved is { HasImage: true },
        Site = saved?.Site ?? Site,
    };

    /// <summary>This declaration, for a host that is to be started: with what it leaves open as it was saved before.</summary>
    /// <param name="saved">The cluster as it is saved; null when it is not.</param>
    public ClusterSpec ToStart(ClusterSpec? saved) => this with { Autostop = Autostop ?? saved?.Autostop, KeepsDisk = KeepsDisk ?? saved?.KeepsDisk, HostPort = OpenPort ?? saved?.OpenPort };

    /// <inheritdoc/>
    public bool Equals(ClusterSpec? other) => other is not null && AsksForSame(other) && (Autostop, OpenPort, KeepsDisk) == (other.Autostop, other.OpenPort, other.KeepsDisk);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Provider, Hosts.Count);
}

/// <summary>The JSON of <see cref="ClusterSpec"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClusterSpec))]
internal sealed partial class ClusterJson : JsonSerializerContext;
