using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Control;
using Runhouse.Worker.Execution;
using Runhouse.Worker.Loading;

namespace Runhouse.Worker.Objects;

/// <summary>
/// What a named object has besides whose state is kept: the saves behind its calls, and a door. While the door is shut, calls that come wait, so that the state is taken between calls and
/// another worker can go on from it.
/// </summary>
internal sealed class KeptObject
{
    /// <summary>How long an object may take over giving its state.</summary>
    private static readonly TimeSpan TakePatience = TimeSpan.FromSeconds(30);

    private const int MaxErrorLength = 4096;

    private readonly Lock _lock = new();
    private readonly ObjectEntry _entry;
    private readonly RemoteSnapshot _snapshot;
    private readonly KeptStates _states;
    private readonly WireLimits _limits;
    private readonly TimeProvider _time;
    private readonly StateSaves _saves;
    private readonly int _concurrency;
    private readonly Queue<(ServerCall Call, MemberEntry Member)> _waiting = [];
    private TaskCompletionSource? _empty;
    private int _inside;
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
        (_entry, _snapshot, _concurrency, _states, _limits, _time) = (entry, snapshot, concurrency, states, limits, time);
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
        _saves.Request();
        lock (_lock)
        {
            if (--_inside == 0)
                _empty?.TrySetResult();
        }
    }

    /// <summary>Keeps the state as it is, soon.</summary>
    public void Request() => _saves.Request();

    /// <summary>Keeps the state as it is; ends once the host has it.</summary>
    /// <exception cref="SnapshotException">It is not kept.</exception>
    public Task SaveNowAsync() => _saves.SaveNowAsync();

    /// <summary>Shuts the door, waits for the calls inside, and keeps the state.</summary>
    /// <param name="patience">How long the calls inside may take.</param>
    /// <param name="isFinal">Whether the state is kept even when they take longer.</param>
    /// <exception cref="SnapshotException">They took longer, or the state is not kept. The door stays shut.</exception>
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

        await _saves.SaveNowAsync().ConfigureAwait(false);
    }

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

        string? file = null;
        string? error = null;
        try
        {
            file = await WriteAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            error = Describe(exception);
        }

        string? refusal = await _states.KeepAsync(_entry.Name!, _entry.Id, file, error).ConfigureAwait(false);
        if ((error ?? refusal) is { } problem)
            throw new SnapshotException(problem);
    }

    /// <summary>What went wrong in an object's own code, or in writing what it gave.</summary>
    public static string Describe(Exception error)
        => error is TimeoutException or OperationCanceledException ? $"it did not give its state within {TakePatience.TotalSeconds:0} s" : DescribeShortly(error);

    /// <summary>An error of an object's own code, in as many characters as the line to the host takes.</summary>
    public static string DescribeShortly(Exception error)
    {
        string text = error is RemoteException ? error.Message : $"{error.GetType()}: {error.Message}";
        return text.Length > MaxErrorLength ? $"{text.AsSpan(0, MaxErrorLength)}..." : text;
    }

    private async Task<string> WriteAsync()
    {
        using var timeout = new CancellationTokenSource(TakePatience, _time);
        var turn = new Turn();
        if (_concurrency > 0 && !_entry.Gate.TryEnter(turn, _concurrency))
            await turn.Come.ConfigureAwait(false);
        var state = new BodyBuffer { MaxBytes = _limits.MaxStateBytes };
        try
        {
            // One that ignores its token and hangs keeps the buffer: it may write there yet.
            await _snapshot.TakeAsync(_entry.Instance, state, _limits, timeout.Token).AsTask().WaitAsync(TakePatience, _time).ConfigureAwait(false);
            string file = _states.Write(state.Written.Span);
            state.Dispose();
            return file;
        }
        finally
        {
            if (_concurrency > 0)
                _entry.Gate.Exit();
        }
    }

    /// <summary>The taking of the state in its turn among the calls of an object with limited concurrency.</summary>
    private sealed class Turn : IGatedCall
    {
        private readonly TaskCompletionSource _come = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Come => _come.Task;

        public void Start() => _come.SetResult();
    }
}
