namespace Runhouse;

/// <summary>Machines that are leased from clouds or placed by schedulers: section <c>Runhouse:OnDemand</c>.</summary>
public sealed class OnDemandOptions
{
    /// <summary>How long a machine lives without work, where its cluster says nothing else; it ends then, and costs nothing more.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a machine may take from its creation until its host runs; one whose host does not come by then ends by itself.</summary>
    public TimeSpan BootTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a machine lives on when its host does not renew the lease any more: it was killed, or hangs.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a request may wait in the queue of a scheduler (Slurm, Kubernetes) before it is given back.</summary>
    public TimeSpan QueueTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest that a machine may exist, whatever happens, on clouds that end machines by themselves at a time that is said when they are made; null for no end.</summary>
    public TimeSpan? Longest { get; set; }

    /// <summary>The size of a machine's disk in GiB, where its cluster says nothing else.</summary>
    public int DiskSize { get; set; } = 100;

    /// <summary>
    /// Whether machines that have had no work for their time stop and keep their disks, where their cluster says nothing else. Stopped ones cost their disk, and are started by the
    /// next call. Spot machines cannot be stopped, and end as ever.
    /// </summary>
    public bool KeepDisk { get; set; }

    /// <summary>How long a machine stays stopped before <c>runhouse gc</c> ends it, with its disk.</summary>
    public TimeSpan StoppedTime { get; set; } = TimeSpan.FromDays(14);

    /// <summary>What the configuration says for the providers: the sections <c>Runhouse:Aws</c>, <c>Runhouse:Slurm</c> and so on, each with its keys.</summary>
    public IDictionary<string, IDictionary<string, string?>> Providers { get; } = new Dictionary<string, IDictionary<string, string?>>(StringComparer.OrdinalIgnoreCase);
}
