namespace Runhouse;

/// <summary>What a machine may fail to satisfy, in the order in which it is asked.</summary>
public enum Requirement
{
    /// <summary>The provider.</summary>
    Provider,

    /// <summary>The region.</summary>
    Region,

    /// <summary>The instance type.</summary>
    InstanceType,

    /// <summary>The accelerator's model.</summary>
    Accelerator,

    /// <summary>How many accelerators one machine has.</summary>
    AcceleratorCount,

    /// <summary>Processor cores.</summary>
    Cpus,

    /// <summary>Memory.</summary>
    Memory,

    /// <summary>The price: above the most that was said, or not known where a most was said.</summary>
    Price,
}
