using Runhouse.Protocol;

namespace Runhouse.Runtime.Machines;

/// <summary>How the host of a cluster is to run on a machine.</summary>
internal sealed record HostStart
{
    /// <summary>The cluster's name, which is the host's.</summary>
    public required string Cluster { get; init; }

    /// <summary>
    /// The name of the host's own folder on the machine. The hosts of one cluster have different ones: their machines may have one home, on a file server.
    /// </summary>
    public required string Folder { get; init; }

    /// <summary>The host's program as the build put it on this disk, the worker's beside it.</summary>
    public required string ProgramDirectory { get; init; }

    /// <summary>The .NET runtimes for machines that have none.</summary>
    public required HostRuntimes Runtimes { get; init; }

    /// <summary>Runhouse's folder on the machine; <c>~</c> is the user's home there.</summary>
    public string Directory { get; init; } = "~/.runhouse";

    /// <summary>The key of the configuration that says where that folder is, for messages.</summary>
    public string DirectoryKey { get; init; } = "Runhouse:Ssh:Directory";

    /// <summary>How long the host stays without work; null: until it is told to stop.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>The port that is open on all of the machine's addresses, 0 for any that is free; null for one on its loopback address alone.</summary>
    public int? OpenPort { get; init; }

    /// <summary>How long the host may take from its start to its first answer.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many versions of applications it keeps.</summary>
    public DeploymentOptions Deployments { get; init; } = new();

    /// <summary>What it puts off so that its machine does not end; null for a machine that stays.</summary>
    public HostLease? Lease { get; init; }

    /// <summary>The folder of the agent that begins the host, where what a command starts ends with the command; null where what is started stays.</summary>
    public string? Agent { get; init; }

    /// <summary>The provider whose notice of a spot machine's end is looked for; null for a machine that is not taken back.</summary>
    public string? SpotOf { get; init; }

    /// <summary>The memory that the machine is sold with, in GiB; null for what its system shows.</summary>
    public double? MachineMemory { get; init; }

    /// <summary>How much of the machine's memory it may give out, in GiB; null for all of it.</summary>
    public double? MemoryShare { get; init; }

    /// <summary>What its workers accept and send.</summary>
    public WireLimits Limits { get; init; } = WireLimits.Default;
}
