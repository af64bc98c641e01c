namespace Runhouse.Runtime.Machines;

/// <summary>What became of the workers on a machine that has ended, as whoever placed the machine says.</summary>
/// <param name="Reason">What they ended for.</param>
/// <param name="Message">How the machine ended, as a sentence.</param>
internal sealed record MachineLoss(WorkerLossReason Reason, string Message)
{
    /// <summary>Whether this program has taken it down itself.</summary>
    public bool IsWanted { get; init; }

    /// <summary>Whether it has not ended yet, but is about to: a host that answers knows better what its workers ended for.</summary>
    public bool IsComing { get; init; }
}
