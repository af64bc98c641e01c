using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Control;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Objects;

/// <summary>
/// What a named object has besides whose state is kept: the saves behind its calls, and a door. While the door is shut, calls that come wait, so that the state is taken between calls and
/// another worker can go on from it.
/// </summary>
internal sealed class KeptObject
{
    private const int MaxErrorLength = 4096;

    private readonly Lock _lock = new();
    private readonly ObjectEntry _entry;
    private readonly KeptStates _states;
    private readonly TimeProvider _time;
    private readonly StateSaves _saves;
    private readonly StateTaking _taking;
    private readonly Queue<(ServerCall Call, MemberEntry Member)> _waiting = [];
    private TaskCompletionSource? _empty;
    private int _inside;

    // The calls that have ended here, its construction among them, and how many of them are behind what is kept.
    private int _changes;
    private int _kept;
    private bool _isShut;
    private bool _isGone;

    /// <summary>Makes it.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="snapshot">How its class gives its state.</param>
    /// <param name="concurrency">How many of its calls run at the same time at most; 0 for no limit.</param>
    /// <param name="states">Takes the states to the host.</param>
    /// <param name="limits">How large a state may be, and how often one is kept.</param>
    /// <param name="time">The clock.</param>
    public KeptObject(ObjectEntry entry, RemoteSnapshot snapshot, int concurrency, KeptStates states, WireLimits limits, TimeProvider time)
    {
        (_entry, _states, _time) = (entry, states, time);
        _taking = new StateTaking(entry, snapshot, concurrency, limits, time);
        _saves = new StateSaves(SaveAsync, TimeSpan.FromMilliseconds(limits.SnapshotIntervalMilliseconds), time);
    }

    /// <summary>What becomes of a call that comes.</summary>
    public enum Admission
    {
        /// <summary>It runs; its end is <see cref="Exit"/>.</summary>
        Runs,

        /// <summary>It waits at the door, and is handed back when that opens or the object goes.</summary>
        Waits,

        /// <summary>The object is in another worker, or deleted.</summary>
        Gone,
    }

    /// <summary>A call has come.</summary>
    public Admission Enter(ServerCall call, MemberEntry member)
    {
        lock (_lock)
        {
            if (_isGone)
                return Admission.Gone;
            if (_isShut)
            {
                _waiting.Enqueue((call, member));
                return Admission.Waits;
            }

            _inside++;
            return Admission.Runs;
        }
    }

    /// <summary>A call has ended: what it has changed is to be kept.</summary>
    public void Exit()
    {
        // First: whoever waits for the last call saves behind this, and nothing comes after that.
        Request();
        lock (_lock)
        {
            if (--_inside == 0)
                _empty?.TrySetResult();
        }
    }

    /// <summary>The state has changed, and is kept soon.</summary>
    public void Request()
    {
        Interlocked.Increment(ref _changes);
        _saves.Request();
    }

    /// <summary>Keeps the state as it is; ends once the host has it.</summary>
    /// <exception cref="SnapshotException">It is not kept.</exception>
    public Task SaveNowAsync() => _saves.SaveNowAsync();

    /// <summary>Shuts the door, waits for the calls inside, and keeps the state.</summary>
    /// <param name="patience">How long the calls inside may take.</param>
    /// <param name="isFinal">Whether the worker ends: the state is kept even when they take longer, and has to be given within as much time again.</param>
    /// <exception cref="SnapshotException">They took longer, or the state behind the last call is not kept. The door stays shut.</exception>
    public async Task HoldAsync(TimeSpan patience, bool isFinal)
    {
        Task empty;
        lock (_lock)
        {
            _isShut = true;
            _empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_inside == 0)
                _empty.SetResult();
            empty = _empty.Task;
        }

        try
        {
            await empty.WaitAsync(patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!isFinal)
        {
            throw new SnapshotException($"its calls in flight have not ended within {patience.TotalSeconds:0.#} s");
        }
        catch (TimeoutException)
        {
            // They end with this worker in any case.
        }

        if (isFinal)
            _taking.EndAfter(patience);
        try
        {
            await _saves.SaveNowAsync().ConfigureAwait(false);
        }
        catch (SnapshotException) when (isFinal && IsKept)
        {
            // That of its last call is, as the host has been told.
        }
    }

    private bool IsKept => Volatile.Read(ref _changes) == Volatile.Read(ref _kept);

    /// <summary>Opens the door.</summary>
    /// <returns>The calls that waited, which run now.</returns>
    public (ServerCall Call, MemberEntry Member)[] Open()
    {
        lock (_lock)
        {
            (ServerCall, MemberEntry)[] waiting = [.. _waiting];
            _waiting.Clear();
            _inside += waiting.Length;
            (_isShut, _empty) = (false, null);
            return waiting;
        }
    }

    /// <summary>The object goes, and its state is kept no more.</summary>
    /// <returns>The calls that waited, which are to be refused.</returns>
    public (ServerCall Call, MemberEntry Member)[] Leave()
    {
        lock (_lock)
        {
            (ServerCall, MemberEntry)[] waiting = [.. _waiting];
            _waiting.Clear();
            _isGone = true;
            return waiting;
        }
    }

    private async Task SaveAsync()
    {
        lock (_lock)
        {
            if (_isGone)
                return;
        }

        int changes = Volatile.Read(ref _changes);
        string? file = null;
        string? error = null;
        try
        {
            file = await _taking.TakeAsync(_states.Write).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            error = Describe(exception);
        }

        string? refusal = await _states.KeepAsync(_entry.Name!, _entry.Id, file, error, IsKept).ConfigureAwait(false);
        if ((error ?? refusal) is { } problem)
            throw new SnapshotException(problem);
        Volatile.Write(ref _kept, changes);
    }

    /// <summary>An error of an object's own code, in as many characters as the line to the host takes.</summary>
    public static string Describe(Exception error)
    {
        string text = error is RemoteException ? error.Message : $"{error.GetType()}: {error.Message}";
        return text.Length > MaxErrorLength ? $"{text.AsSpan(0, MaxErrorLength)}..." : text;
    }
}
