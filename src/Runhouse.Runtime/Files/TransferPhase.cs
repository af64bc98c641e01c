namespace Runhouse;

/// <summary>What a transfer is doing.</summary>
public enum TransferPhase
{
    /// <summary>It reads the files on this machine to see what differs.</summary>
    Comparing,

    /// <summary>It sends or receives what differs.</summary>
    Copying,
}
