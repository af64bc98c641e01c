using System.Diagnostics.CodeAnalysis;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// The calls in flight on a client's connection. Taking a call out decides who completes it: the result, the cancellation, the deadline
/// or the end of the connection. Ids hold slot and generation, so that a late frame of an earlier call finds nothing.
/// </summary>
internal sealed class CallTable(int maxCalls)
{
    private const int SlotBits = 24;
    private const ulong SlotMask = (1UL << SlotBits) - 1;

    private readonly Lock _lock = new();
    private Slot[] _slots = new Slot[16];
    private int _used;
    private int _free = -1;
    private int _count;
    private int _deadlines;
    private Exception? _closed;
    private TaskCompletionSource? _idle;

    /// <summary>Calls in flight.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>What later calls get; null while calls are taken.</summary>
    public Exception? Closed => Volatile.Read(ref _closed);

    /// <summary>Ends when no call is in flight.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
            return _count == 0 ? Task.CompletedTask : (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>
    /// Takes no more calls if none is in flight: in one step, so that none that comes meanwhile is lost. Otherwise ends when none is, for
    /// another attempt.
    /// </summary>
    /// <param name="error">What later calls get.</param>
    public Task? CloseIfIdle(Exception error)
    {
        lock (_lock)
        {
            if (_count > 0)
                return (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            _closed ??= error;
            return null;
        }
    }

    /// <summary>Adds a call; returns whether it is the first with a deadline. Throws when the table is full or closed.</summary>
    /// <param name="call">The call.</param>
    /// <param name="streams">Its streams.</param>
    /// <param name="deadline">Until when it waits; 0 for ever.</param>
    /// <param name="flow">The flow to which the lines of the call belong; null for none.</param>
    /// <param name="id">Its number.</param>
    public bool Add(IPendingCall call, CallStreams? streams, long deadline, ExecutionContext? flow, out ulong id)
    {
        lock (_lock)
        {
            if (_closed is not null)
                throw _closed;
            if (_count >= maxCalls && !call.Method.IsControl)
            {
                throw new OverloadedException(
                    $"'{call.Method.Name}' was not sent: {_count} calls are in flight on this connection, which is its limit. Await some of them first, or {WireLimits.Raise(nameof(WireLimits.MaxCallsInFlight))}");
            }

            int slot = _free;
            if (slot >= 0)
            {
                _free = _slots[slot].NextFree;
            }
            else
            {
                slot = _used++;
                if (slot == _slots.Length)
                    Array.Resize(ref _slots, _slots.Length * 2);
            }

            ref Slot entry = ref _slots[slot];
            entry.Generation++;
            (entry.Call, entry.Streams, entry.Deadline, entry.Flow) = (call, streams, deadline, flow);
            _count++;
            id = (entry.Generation << SlotBits) | (uint)slot;
            return deadline != 0 && _deadlines++ == 0;
        }
    }

    /// <summary>Takes a call out.</summary>
    public bool TryRemove(ulong id, [NotNullWhen(true)] out IPendingCall? call, out CallStreams? streams)
    {
        lock (_lock)
        {
            if (!IsHere(id))
            {
                (call, streams) = (null, null);
                return false;
            }

            (call, streams) = Remove((int)(id & SlotMask));
            return true;
        }
    }

    /// <summary>A call in flight; null when it is not.</summary>
    public IPendingCall? Find(ulong id)
    {
        lock (_lock)
            return IsHere(id) ? _slots[(int)(id & SlotMask)].Call : null;
    }

    /// <summary>The streams of a call in flight.</summary>
    public CallStreams? FindStreams(ulong id)
    {
        lock (_lock)
            return IsHere(id) ? _slots[(int)(id & SlotMask)].Streams : null;
    }

    /// <summary>The flow to which the lines of a call belong; null for none, and when the call is not in flight.</summary>
    public ExecutionContext? FindFlow(ulong id)
    {
        lock (_lock)
            return IsHere(id) ? _slots[(int)(id & SlotMask)].Flow : null;
    }

    /// <summary>Takes out the calls whose deadline has passed; returns whether some with a deadline are left.</summary>
    public bool RemoveExpired(long now, List<(ulong Id, IPendingCall Call, CallStreams? Streams)> expired)
    {
        lock (_lock)
        {
            for (int slot = 0; slot < _used && _deadlines > 0; slot++)
            {
                ref Slot entry = ref _slots[slot];
                if (entry.Call is null || entry.Deadline == 0 || entry.Deadline > now)
                    continue;
                ulong id = (entry.Generation << SlotBits) | (uint)slot;
                (IPendingCall call, CallStreams? streams) = Remove(slot);
                expired.Add((id, call, streams));
            }

            return _deadlines > 0;
        }
    }

    /// <summary>Takes all calls out and takes no more.</summary>
    /// <param name="error">What later calls get.</param>
    public List<(IPendingCall Call, CallStreams? Streams)> Close(Exception error)
    {
        lock (_lock)
        {
            _closed ??= error;
            var all = new List<(IPendingCall, CallStreams?)>(_count);
            for (int slot = 0; slot < _used; slot++)
            {
                if (_slots[slot].Call is not null)
                    all.Add(Remove(slot));
            }

            return all;
        }
    }

    private bool IsHere(ulong id)
    {
        int slot = (int)(id & SlotMask);
        return slot < _used && _slots[slot].Call is not null && _slots[slot].Generation == id >> SlotBits;
    }

    private (IPendingCall Call, CallStreams? Streams) Remove(int slot)
    {
        ref Slot entry = ref _slots[slot];
        (IPendingCall, CallStreams?) removed = (entry.Call!, entry.Streams);
        if (entry.Deadline != 0)
            _deadlines--;
        (entry.Call, entry.Streams, entry.Flow, entry.NextFree) = (null, null, null, _free);
        _free = slot;
        if (--_count == 0 && _idle is { } idle)
        {
            _idle = null;
            idle.SetResult();
        }

        return removed;
    }

    private struct Slot
    {
        public IPendingCall? Call;
        public CallStreams? Streams;
        public ExecutionContext? Flow;
        public ulong Generation;
        public long Deadline;
        public int NextFree;
    }
}
