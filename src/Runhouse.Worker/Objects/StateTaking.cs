using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.Execution;

namespace Runhouse.Worker.Objects;

/// <summary>Takes an object's state: in its turn among the calls of one with limited concurrency, and within a time, whatever the object's own code does.</summary>
/// <param name="entry">The object.</param>
/// <param name="snapshot">How its class gives its state.</param>
/// <param name="concurrency">How many of its calls run at the same time at most; 0 for no limit.</param>
/// <param name="limits">How large a state may be.</param>
/// <param name="time">The clock.</param>
internal sealed class StateTaking(ObjectEntry entry, RemoteSnapshot snapshot, int concurrency, WireLimits limits, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private CancellationTokenSource? _current;
    private (TimeSpan Patience, long Since)? _end;
    private Task _last = Task.CompletedTask;

    /// <summary>Its worker ends: what is taken from now on, and what is being taken, has so much time together, turns included.</summary>
    public void EndAfter(TimeSpan patience)
    {
        lock (_lock)
        {
            _end = (patience, time.GetTimestamp());
            _current?.CancelAfter(patience);
        }
    }

    /// <summary>Takes the state, and gives it away; one at a time.</summary>
    /// <param name="give">Takes the bytes, which are not there any more behind it.</param>
    /// <returns>What <paramref name="give"/> made of them.</returns>
    /// <exception cref="SnapshotException">It was not given in time.</exception>
    public async Task<string> TakeAsync(Func<ReadOnlySpan<byte>, string> give)
    {
        using var timeout = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        try
        {
            return await TakeInTurnAsync(give, timeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new SnapshotException($"it did not give its state within {Allowed.TotalSeconds:0.#} s");
        }
        finally
        {
            lock (_lock)
                _current = null;
        }
    }

    private async Task<string> TakeInTurnAsync(Func<ReadOnlySpan<byte>, string> give, CancellationTokenSource timeout)
    {
        if (concurrency == 0)
            return await TakeInTimeAsync(give, timeout).ConfigureAwait(false);

        // Calls may keep their turn for as long as they like, while the worker goes on.
        Limit(timeout, Timeout.InfiniteTimeSpan);
        var turn = new Turn(entry.Gate);
        if (!entry.Gate.TryEnter(turn, concurrency))
            await turn.ComeAsync(timeout.Token).ConfigureAwait(false);
        try
        {
            return await TakeInTimeAsync(give, timeout).ConfigureAwait(false);
        }
        finally
        {
            entry.Gate.Exit();
        }
    }

    private async Task<string> TakeInTimeAsync(Func<ReadOnlySpan<byte>, string> give, CancellationTokenSource timeout)
    {
        Limit(timeout, Patience);
        CancellationToken token = timeout.Token;

        // One that hung may come to its end yet; two of them at a time are more than the object is told to expect.
        await _last.WaitAsync(token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        token.ThrowIfCancellationRequested();

        // On a thread of its own, which code that blocks may keep; one that ignores its token and hangs keeps the buffer as well, since it may write there yet.
        var state = new BodyBuffer { MaxBytes = limits.MaxStateBytes };
        _last = Task.Run(() => snapshot.TakeAsync(entry.Instance, state, limits, token).AsTask(), CancellationToken.None);
        await _last.WaitAsync(token).ConfigureAwait(false);
        string given = give(state.Written.Span);
        state.Dispose();
        return given;
    }

    private TimeSpan Allowed
    {
        get
        {
            lock (_lock)
                return _end?.Patience ?? Patience;
        }
    }

    private void Limit(CancellationTokenSource timeout, TimeSpan patience)
    {
        lock (_lock)
        {
            _current = timeout;
            if (_end is { } end)
                patience = TimeSpan.FromTicks(Math.Max(0, (end.Patience - time.GetElapsedTime(end.Since)).Ticks));
            timeout.CancelAfter(patience);
        }
    }

    /// <summary>The turn of the taking among the object's calls.</summary>
    private sealed class Turn(ConcurrencyGate gate) : IGatedCall
    {
        private readonly TaskCompletionSource _come = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Start()
        {
            // Nobody waits for it any more: it passes.
            if (!_come.TrySetResult())
                gate.Exit();
        }

        public async Task ComeAsync(CancellationToken cancellationToken)
        {
            using CancellationTokenRegistration stopping = cancellationToken.UnsafeRegister(
                static (turn, token) => ((Turn)turn!)._come.TrySetCanceled(token), this);
            await _come.Task.ConfigureAwait(false);
        }
    }
}
