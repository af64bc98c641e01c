using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers;

/// <summary>A machine, and how hosts are started on it.</summary>
/// <param name="Machine">The machine.</param>
internal sealed record HostedMachine(Machine Machine)
{
    /// <summary>Runhouse's folder on the machine; <c>~</c> is the user's home there.</summary>
    public required string Directory { get; init; }

    /// <summary>The key of the configuration that says where that folder is, for messages.</summary>
    public string DirectoryKey { get; init; } = "Runhouse:Ssh:Directory";

    /// <summary>What a host puts off so that the machine does not end; null for a machine that stays.</summary>
    public HostLease? Lease { get; init; }

    /// <summary>
    /// The folder of the agent that begins hosts on the machine, where what a command starts ends with the command; null where what is started stays.
    /// </summary>
    public string? Agent { get; init; }

    /// <summary>How much of the machine's memory a host may give out, in GiB; null for all of it.</summary>
    public double? MemoryShare { get; init; }

    /// <summary>Finds out from whoever placed the machine what ended it; gives null while it goes on, or where that is not known. Null where nobody can be asked.</summary>
    public Func<CancellationToken, Task<MachineLoss?>>? FindLossAsync { get; init; }
}
