namespace Runhouse.Host.Machines;

/// <summary>What of a machine workers compete for.</summary>
[Flags]
internal enum Scarce
{
    None = 0,
    Accelerators = 1,
    Cores = 2,
    Memory = 4,
}
