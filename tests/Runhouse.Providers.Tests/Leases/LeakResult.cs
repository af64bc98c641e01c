namespace Runhouse.Providers.Leases;

/// <summary>What a run has left once <c>gc</c> was through.</summary>
/// <param name="Commands">How many commands there were.</param>
/// <param name="Killed">How many of them were killed.</param>
/// <param name="IsLeft">Whether something was left half done before <c>gc</c>: or nothing would be shown.</param>
/// <param name="Machines">How many machines the cloud has made.</param>
internal sealed record LeakResult(int Commands, int Killed, bool IsLeft, int Machines)
{
    /// <summary>The machines that run and belong to nobody.</summary>
    public IReadOnlyList<string> LeftRunning { get; init; } = [];

    /// <summary>The machines that have stopped, are paid for, and belong to nobody.</summary>
    public IReadOnlyList<string> LeftStopped { get; init; } = [];

    /// <summary>The machines, or clusters, that were in use and are gone.</summary>
    public IReadOnlyList<string> EndedInUse { get; init; } = [];

    /// <summary>The clusters whose leases stand at a step between.</summary>
    public IReadOnlyList<string> Undecided { get; init; } = [];

    /// <summary>How many things are not as they should be.</summary>
    public int Wrong => LeftRunning.Count + LeftStopped.Count + EndedInUse.Count + Undecided.Count;

    /// <inheritdoc/>
    public override string ToString() => $"left running: {string.Join(' ', LeftRunning)}; left stopped: {string.Join(' ', LeftStopped)}; ended in use: {string.Join(' ', EndedInUse)}; undecided: {string.Join(' ', Undecided)}";
}
