namespace Runhouse.Runtime.Leases;

/// <summary>The state of a leased machine. One that is gone is not listed.</summary>
public enum MachineState
{
    /// <summary>It starts.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is about to be gone.</summary>
    Ending,

    /// <summary>It is about to stop, and its disk to be kept; on a cloud that calls both the same, perhaps to be gone.</summary>
    Stopping,

    /// <summary>It has stopped, and its disk is kept and paid for.</summary>
    Stopped,

    /// <summary>Who has it cannot be asked.</summary>
    Unknown,
}
