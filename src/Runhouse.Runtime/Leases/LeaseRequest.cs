namespace Runhouse.Runtime.Leases;

/// <summary>Machines that are asked for.</summary>
public sealed record LeaseRequest
{
    /// <summary>The lease's id, in the tag <see cref="MachineTags.Lease"/> of each machine.</summary>
    public required string Lease { get; init; }

    /// <summary>
    /// Tells this request from others: it goes into the create call where the cloud takes a token, so that the same request makes machines once. Another candidate has another
    /// one. Letters, digits and '-', no longer than 60.
    /// </summary>
    public required string Token { get; init; }

    /// <summary>Who asks, in the tag <see cref="MachineTags.Owner"/>.</summary>
    public required string Owner { get; init; }

    /// <summary>The cluster's name, in the tag <see cref="MachineTags.Cluster"/>.</summary>
    public required string Cluster { get; init; }

    /// <summary>How many machines, all in one place.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The size of the system's disk in GiB.</summary>
    public int DiskSize { get; init; }

    /// <summary>What the machines do when they first start: it goes into the create call as user data, in the form of cloud-init. The login, the host key and the lease's watch are in it.</summary>
    public required string UserData { get; init; }

    /// <summary>The name of the user to log in as, which <see cref="UserData"/> makes.</summary>
    public required string User { get; init; }

    /// <summary>The ports that are open to the addresses from which callers come; SSH's among them.</summary>
    public IReadOnlyList<int> OpenPorts { get; init; } = [22];

    /// <summary>Whether a machine that shuts itself down is stopped, and keeps its disk; else that is its end. Never asked for spot machines.</summary>
    public bool KeepsDisk { get; init; }

    /// <summary>
    /// The longest that the machines may exist, whatever happens, where the cloud can end them by itself at a time that the create call says; null for no end. What ends
    /// them otherwise is the watch in <see cref="UserData"/>: it shuts the machine down when its lease is not renewed, and a shut-down is the end of the machine, or its stop (<see cref="KeepsDisk"/>).
    /// </summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>The tags that each machine, and what is made for it, is created with.</summary>
    public IReadOnlyDictionary<string, string> Tags => new Dictionary<string, string>
    {
        [MachineTags.Owner] = Owner,
        [MachineTags.Cluster] = Cluster,
        [MachineTags.Lease] = Lease,
    };
}
