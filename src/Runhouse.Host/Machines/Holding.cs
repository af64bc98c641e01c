namespace Runhouse.Host.Machines;

/// <summary>What a worker holds of its machine.</summary>
/// <param name="Cores">Processor cores; 0 for none in particular.</param>
/// <param name="MemoryGiB">Memory; 0 for none in particular.</param>
/// <param name="Granted">Which of the accelerators that would do it got; null for none.</param>
/// <param name="Devices">Their numbers.</param>
internal sealed record Holding(double Cores, double MemoryGiB, Accelerator? Granted, IReadOnlyList<int> Devices)
{
    /// <summary>Nothing in particular, which is always to be had.</summary>
    public static Holding None { get; } = new(0, 0, null, []);

    /// <summary>What code that runs there can count on.</summary>
    public Resources ToResources() => new()
    {
        Accelerators = Granted is { } granted ? [granted] : [],
        Cpus = Cores > 0 ? new Quantity(Cores, OrMore: false) : null,
        Memory = MemoryGiB > 0 ? new Quantity(MemoryGiB, OrMore: false) : null,
    };
}
