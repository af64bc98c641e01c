namespace Runhouse.Worker.Control;

/// <summary>
/// Gives memory back when the worker has had no call for a while and holds much more than it did: the collector runs when memory is asked for, and
/// an idle worker asks for none. Never while calls run, which a whole collection would hold up.
/// </summary>
/// <param name="calls">How many calls are in flight.</param>
/// <param name="resident">How much memory the process has, in bytes.</param>
/// <param name="giveBack">Collects.</param>
/// <param name="time">The clock.</param>
internal sealed class IdleMemory(Func<int> calls, Func<long> resident, Action giveBack, TimeProvider time)
{
    /// <summary>Long enough for a caller that thinks between two calls not to meet the collection.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(10);

    /// <summary>Less is not worth a collection, nor is less than a quarter of what is in use anyway, which has to be looked through.</summary>
    private const long LeastBytes = 64L << 20;

    private readonly Lock _collecting = new();
    private long _inUse = resident();
    private ITimer? _timer;

    /// <summary>Calls have come or gone. Told again and again while they do.</summary>
    public void OnActivity()
    {
        lock (_collecting)
        {
            _timer ??= time.CreateTimer(static state => ((IdleMemory)state!).GiveBack(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void GiveBack()
    {
        lock (_collecting)
        {
            if (calls() > 0 || resident() - _inUse < Math.Max(LeastBytes, _inUse / 4))
                return;
            giveBack();
            _inUse = resident();
        }
    }
}
