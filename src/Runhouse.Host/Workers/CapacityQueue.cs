using Runhouse.Host.Machines;

namespace Runhouse.Host.Workers;

/// <summary>
/// Those who wait for capacity, in the order in which they came: nobody gets what somebody before is waiting for, and who waits for an accelerator holds up nobody who
/// needs none. Not thread-safe: the pool locks.
/// </summary>
internal sealed class CapacityQueue(Capacity capacity)
{
    private readonly List<CapacityWait> _waiting = [];

    /// <summary>Who waits, the first first.</summary>
    public IReadOnlyList<CapacityWait> Waiting => _waiting;

    /// <summary>How many callers wait.</summary>
    public int Callers => _waiting.Sum(static wait => wait.Callers);

    /// <summary>How many of them are connected to this host while they wait.</summary>
    public int Connected => _waiting.Sum(static wait => wait.Callers - wait.Detached);

    /// <summary>Gets what is free, or waits at the end.</summary>
    public CapacityWait Enter(Resources needs, bool isLenient)
    {
        var wait = new CapacityWait(needs, isLenient);
        _waiting.Add(wait);
        Admit();
        return wait;
    }

    /// <summary>Gives up waiting.</summary>
    public void Leave(CapacityWait wait)
    {
        _waiting.Remove(wait);
        wait.Abandon();
        Admit();
    }

    /// <summary>Gives back what a worker held, to those who wait.</summary>
    public void Return(Holding holding)
    {
        capacity.Return(holding);
        Admit();
    }

    private void Admit()
    {
        Scarce awaited = Scarce.None;
        foreach (CapacityWait wait in _waiting.ToArray())
        {
            if ((wait.Asks & awaited) != Scarce.None)
            {
                wait.Lacks = wait.Asks & awaited;
                continue;
            }

            if (capacity.TryTake(wait.Needs, wait.IsLenient, out Scarce lacking) is { } holding)
            {
                _waiting.Remove(wait);
                wait.Grant(holding);
            }
            else
            {
                wait.Lacks = lacking;
                awaited |= lacking;
            }
        }
    }
}
