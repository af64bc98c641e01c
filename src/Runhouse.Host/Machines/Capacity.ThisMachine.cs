namespace Runhouse.Host.Machines;

/// <summary>What there is on the machine that the host runs on. Apart from the account itself, which the simulator of costs keeps for machines that it makes up.</summary>
internal sealed partial class Capacity
{
    /// <summary>The capacity of this machine, of which the host's own group may have less.</summary>
    public static Capacity OfThisMachine(MemoryGroups groups)
        => new(Environment.ProcessorCount, Math.Min(MachineReading.ReadMemory().Total, groups.OwnLimitBytes ?? long.MaxValue) / (double)(1L << 30));
}
