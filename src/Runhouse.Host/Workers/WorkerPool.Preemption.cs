using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>The end of the machine, which its provider has given notice of.</content>
internal sealed partial class WorkerPool
{
    private AnnounceEnd? _announced;

    /// <summary>Tells all workers, also those that start from now on.</summary>
    /// <param name="end">When they are ended.</param>
    public void Announce(AnnounceEnd end)
    {
        lock (_gate)
        {
            _announced = end;
            foreach (Worker worker in _alive.Values)
                worker.Send(end);
        }
    }

    /// <summary>Ends all workers for the machine's end; no others start.</summary>
    /// <param name="isTimeOver">Whether the machine's time is over; else it is taken back.</param>
    public void Preempt(bool isTimeOver)
    {
        lock (_gate)
        {
            _stopping = true;
            foreach (Worker worker in _alive.Values)
                worker.Preempt(isTimeOver);
        }
    }
}
