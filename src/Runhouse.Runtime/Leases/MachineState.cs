namespace Runhouse.Runtime.Leases;

/// <summary>The state of a leased machine. One that is gone is not listed.</summary>
public enum MachineState
{
    /// <summary>It starts.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is about to stop or to be gone.</summary>
    Ending,

    /// <summary>It has stopped, and its disk is kept and paid for.</summary>
    Stopped,

    /// <summary>Who has it cannot be asked.</summary>
    Unknown,
}
