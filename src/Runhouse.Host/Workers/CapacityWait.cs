using Runhouse.Host.Machines;

namespace Runhouse.Host.Workers;

/// <summary>A worker that is to be started once what it needs is free, and how many callers wait for it.</summary>
internal sealed class CapacityWait(Resources needs, bool isLenient)
{
    private readonly TaskCompletionSource<Holding> _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Resources Needs => needs;

    public bool IsLenient => isLenient;

    /// <summary>What it competes for.</summary>
    public Scarce Asks { get; } = (needs.Accelerators.Count > 0 ? Scarce.Accelerators : 0)
        | (isLenient || needs.Cpus is null ? 0 : Scarce.Cores)
        | (isLenient || needs.Memory is null ? 0 : Scarce.Memory);

    /// <summary>What others held too much of when it was last its turn.</summary>
    public Scarce Lacks { get; set; }

    /// <summary>Those who wait.</summary>
    public int Callers { get; set; }

    /// <summary>Those of them who wait on disk, of whom there may be any number.</summary>
    public int Detached { get; set; }

    /// <summary>Ends when what it needs was taken for it.</summary>
    public Task<Holding> Granted => _granted.Task;

    public void Grant(Holding holding) => _granted.SetResult(holding);

    /// <summary>Nobody waits any more.</summary>
    public void Abandon() => _granted.SetCanceled(CancellationToken.None);
}
