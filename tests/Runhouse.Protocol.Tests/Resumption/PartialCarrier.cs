using System.IO.Pipelines;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Resumption;

/// <summary>A connection that takes of each write what the test says, and checks that it goes on where the one before ended.</summary>
/// <param name="output">What the output is, by position.</param>
/// <param name="position">How much the far side had before.</param>
internal sealed class PartialCarrier(OutputPattern output, long position) : DirectWriter, IDuplexPipe
{
    private ReadOnlyMemory<byte> _rest;
    private TaskCompletionSource<FlushResult>? _writing;
    private bool _isCancelled;

    public PipeReader Input { get; } = new Pipe().Reader;

    public PipeWriter Output => this;

    /// <summary>Up to where of the output the far side can have come over this connection.</summary>
    public long Position { get; private set; } = position;

    /// <summary>How the next writes end.</summary>
    public Ending NextEnding { get; set; }

    /// <summary>How much of a write is taken that does not end well at once.</summary>
    public int NextPart { get; set; }

    public enum Ending
    {
        Taken,
        Waits,
        Closed,
        Broken,
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Assert.Null(_writing);
        if (_isCancelled)
            return new(new FlushResult(isCanceled: true, isCompleted: false));
        _rest = source;
        if (NextEnding == Ending.Taken)
        {
            Take(source.Length);
            return default;
        }

        Take(NextPart);
        if (NextEnding == Ending.Closed)
            return new(new FlushResult(isCanceled: false, isCompleted: true));
        if (NextEnding == Ending.Broken)
            return ValueTask.FromException<FlushResult>(new IOException("broken"));
        _writing = new();
        return new(_writing.Task);
    }

    public override void CancelPendingFlush() => _isCancelled = true;

    /// <summary>The write that waits goes on; ends when it is through, or was cancelled.</summary>
    public void GoOn(int count)
    {
        if (!_isCancelled)
            Take(count);
        if (_isCancelled || _rest.IsEmpty)
            Interlocked.Exchange(ref _writing, null)?.SetResult(new FlushResult(_isCancelled, isCompleted: false));
    }

    private void Take(int count)
    {
        count = Math.Min(count, _rest.Length);
        Assert.True(output.Matches(Position, _rest.Span[..count]), $"What is sent at {Position} is not what was written there.");
        Position += count;
        _rest = _rest[count..];
    }
}
