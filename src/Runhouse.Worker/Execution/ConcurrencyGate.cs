namespace Runhouse.Worker.Execution;

/// <summary>
/// Lets at most so many calls of an object or function run at the same time, in the order of their arrival. A call that need not
/// wait allocates nothing.
/// </summary>
internal sealed class ConcurrencyGate
{
    private readonly Lock _lock = new();
    private Queue<(IGatedCall Call, int Limit)>? _waiting;
    private int _running;

    /// <summary>Enters, or queues the call: then it is started when its turn comes.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limit">How many calls may run at the same time, this one included.</param>
    /// <returns>Whether the call may start now.</returns>
    public bool TryEnter(IGatedCall call, int limit)
    {
        lock (_lock)
        {
            if (_running < limit && _waiting is not { Count: > 0 })
            {
                _running++;
                return true;
            }

            (_waiting ??= new()).Enqueue((call, limit));
            return false;
        }
    }

    /// <summary>A call that had entered has ended: starts those whose turn it is.</summary>
    public void Exit()
    {
        lock (_lock)
            _running--;
        while (true)
        {
            IGatedCall call;
            lock (_lock)
            {
                if (_waiting is null || !_waiting.TryPeek(out var next) || _running >= next.Limit)
                    return;
                _waiting.Dequeue();
                _running++;
                call = next.Call;
            }

            call.Start();
        }
    }
}
