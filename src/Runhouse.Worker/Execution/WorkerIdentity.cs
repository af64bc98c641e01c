using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Execution;

/// <summary>What this worker is, as remote code can ask.</summary>
/// <param name="WorkerId">Its id.</param>
/// <param name="Host">The host's name.</param>
/// <param name="Resources">What it may use.</param>
internal sealed record WorkerIdentity(string WorkerId, string Host, Resources Resources)
{
    private const double Gibibyte = 1L << 30;

    /// <summary>The identity that the host gave; without limits the machine's own cores and memory.</summary>
    public static WorkerIdentity From(LoadDeployment load) => new(load.WorkerId, load.Host, new Resources
    {
        Accelerators = new([.. load.Accelerators.Select(Accelerator.Parse)]),
        Cpus = new Quantity(load.Cpus > 0 ? load.Cpus : Environment.ProcessorCount, OrMore: false),
        Memory = new Quantity(load.MemoryGiB > 0 ? load.MemoryGiB : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gibibyte, OrMore: false),
    });
}
