using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Simulation.Cloud;

/// <summary>A machine: what it costs, and what its host knows of it. The host's account, its queue and its watch over idleness are those of Runhouse.Host.</summary>
internal sealed class SimulatedMachine
{
    private readonly Capacity _capacity;
    private readonly CapacityQueue _queue;

    /// <summary>Makes a machine.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="candidate">What it is.</param>
    /// <param name="from">From when on it is paid for.</param>
    /// <param name="time">The clock of its host.</param>
    public SimulatedMachine(int number, Candidate candidate, TimeSpan from, TimeProvider time)
    {
        (Number, Candidate, From) = (number, candidate, from);
        MachineOffer offer = candidate.Offer;
        Price = candidate.Price ?? offer.ListPrice ?? throw new InvalidOperationException($"{candidate} has no price.");
        _capacity = new Capacity(offer.Cpus, offer.Memory);
        if (offer.Accelerator is { } accelerator)
            _capacity.SetDevices(Enumerable.Range(0, accelerator.Count).Select(index => new AcceleratorStatus(accelerator.Name) { Index = index }));
        _queue = new CapacityQueue(_capacity);
        Idle = new IdleWatch(time);
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>What it is.</summary>
    public Candidate Candidate { get; }

    /// <summary>What an hour costs, in dollars. A spot machine whose price the catalogue does not know is paid like one on demand, which is the most that it can be.</summary>
    public decimal Price { get; }

    /// <summary>From when on it is paid for.</summary>
    public TimeSpan From { get; }

    /// <summary>Until when it is paid for; null while it is there.</summary>
    public TimeSpan? Until { get; private set; }

    /// <summary>The host's watch over idleness.</summary>
    public IdleWatch Idle { get; }

    /// <summary>Is told when the cloud takes it back or it dies.</summary>
    public Action? Lost { get; set; }

    /// <summary>How long it was paid for.</summary>
    /// <exception cref="InvalidOperationException">It is still there.</exception>
    public TimeSpan Lifetime => (Until ?? throw new InvalidOperationException($"Machine {Number} has not ended.")) - From;

    /// <summary>What it has cost, in dollars: by the second, a minute at least.</summary>
    public decimal Cost => Price * (decimal)Math.Max(60, Math.Ceiling(Lifetime.TotalSeconds)) / 3600;

    /// <summary>Whether it has what is asked for, however much of it is held.</summary>
    /// <param name="needs">The needs.</param>
    public bool Has(Resources needs) => _capacity.Lacks(needs) is null;

    /// <summary>Takes what a job needs, as a caller does that waits for nothing.</summary>
    /// <param name="needs">The needs.</param>
    /// <returns>What it holds; null when others hold too much.</returns>
    public Holding? TryTake(Resources needs)
    {
        CapacityWait wait = _queue.Enter(needs, isLenient: false);
        if (wait.Granted.IsCompletedSuccessfully)
            return wait.Granted.Result;
        _queue.Leave(wait);
        return null;
    }

    /// <summary>Gives back what a job held.</summary>
    /// <param name="holding">What it held.</param>
    public void Return(Holding holding) => _queue.Return(holding);

    /// <summary>It is paid for no longer.</summary>
    /// <param name="now">The time.</param>
    public void End(TimeSpan now)
    {
        if (Until is not null)
            throw new InvalidOperationException($"Machine {Number} ends twice.");
        Until = now;
    }
}
