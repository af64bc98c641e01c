namespace Runhouse.Simulation.Bounds;

/// <summary>Machines that are there all the time.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Count">How many.</param>
internal sealed record AlwaysOnPool(Candidate Machine, int Count);

/// <summary>All machines that are there all the time.</summary>
/// <param name="Pools">The machines.</param>
internal sealed record AlwaysOnFleet(IReadOnlyList<AlwaysOnPool> Pools)
{
    /// <summary>How many machines they are.</summary>
    public int Machines => Pools.Sum(static pool => pool.Count);

    /// <summary>What they cost, in dollars.</summary>
    /// <param name="length">For how long.</param>
    public double Cost(TimeSpan length) => Pools.Sum(pool => pool.Count * (double)pool.Machine.Price!.Value) * length.TotalHours;
}
