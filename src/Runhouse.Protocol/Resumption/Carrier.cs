using System.IO.Pipelines;

namespace Runhouse.Protocol.Resumption;

/// <summary>
/// One physical connection under a session. The reader, the writer and whoever aborts it say when they use it, so that its buffers are let
/// go of when nobody does any more.
/// </summary>
/// <param name="pipes">The connection; disposed with the carrier.</param>
/// <param name="sentTo">How much of the session's output the far side has already.</param>
internal sealed class Carrier(IDuplexPipe pipes, long sentTo)
{
    private const int Reading = 1;
    private const int Sending = 2;
    private const int Aborting = 4;
    private const int Dead = 8;

    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>Where it is read.</summary>
    public PipeReader Input => pipes.Input;

    /// <summary>Where it is written.</summary>
    public PipeWriter Output => pipes.Output;

    /// <summary>How much of the session's output has been handed to this connection or was there before; the session's writer alone moves it.</summary>
    public long SentTo { get; set; } = sentTo;

    /// <summary>The segment from which the writer goes on; null to look for it.</summary>
    public RetainedSegment? Cursor { get; set; }

    /// <summary>Grows with every read.</summary>
    public long Reads { get; set; }

    /// <summary>Whether the connection is no longer used.</summary>
    public bool IsDead => (Volatile.Read(ref _state) & Dead) != 0;

    /// <summary>Ended when it is dead and neither the reader nor the writer uses it.</summary>
    public Task Left => _left.Task;

    /// <summary>Ended when the connection is closed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Begins to read; false when it is dead.</summary>
    public bool TryBeginRead() => TryBegin(Reading);

    /// <summary>The reader has left.</summary>
    public void EndRead() => End(Reading);

    /// <summary>Begins to send; false when it is dead.</summary>
    public bool TryBeginSend() => TryBegin(Sending);

    /// <summary>The writer has left, until it sends again.</summary>
    public void EndSend() => End(Sending);

    /// <summary>Ends it, and what is being read and sent.</summary>
    public void Abort()
    {
        int state = Volatile.Read(ref _state);
        while (true)
        {
            if ((state & Dead) != 0)
                return;
            int seen = Interlocked.CompareExchange(ref _state, state | Dead | Aborting, state);
            if (seen == state)
                break;
            state = seen;
        }

        pipes.Input.CancelPendingRead();
        pipes.Output.CancelPendingFlush();
        End(Aborting);
    }

    private bool TryBegin(int use)
    {
        if ((Interlocked.Or(ref _state, use) & Dead) == 0)
            return true;
        End(use);
        return false;
    }

    private void End(int use)
    {
        if ((Interlocked.And(ref _state, ~use) & ~use) != Dead || !_left.TrySetResult())
            return;

        // Threads and timers may know it for a while longer: not what it would have sent.
        Cursor = null;
        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        try
        {
            await CloseAsync(pipes).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It is gone: that is what was asked for.
        }

        _closed.TrySetResult();
    }

    /// <summary>Closes a connection.</summary>
    /// <param name="pipes">The connection.</param>
    public static async ValueTask CloseAsync(IDuplexPipe pipes)
    {
        if (pipes is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync().ConfigureAwait(false);
            return;
        }

        await pipes.Input.CompleteAsync().ConfigureAwait(false);
        await pipes.Output.CompleteAsync().ConfigureAwait(false);
    }
}
