using System.Diagnostics.CodeAnalysis;

namespace Runhouse.Protocol.Framing;

/// <summary>
/// The frames that wait for their turn to be written. What is sent under credit waits within its window, and calls are limited while they run;
/// but the answers of those that have ended, and to pings, wait as long as the far side does not read. They are counted, from when they are
/// handed to the writer. Used by the writer's thread, but for <see cref="TryAnnounce"/>.
/// </summary>
/// <param name="mostAnswers">How many answers may wait.</param>
internal sealed class ReadyFrames(long mostAnswers)
{
    private readonly Queue<OutgoingFrame> _frames = new();

    // Before those above: frames that had to let their call's chunks go first.
    private readonly Queue<OutgoingFrame> _first = new();
    private int _answers;
    private int _taken;

    /// <summary>How many frames there are.</summary>
    public int Count => _first.Count + _frames.Count;

    /// <summary>A frame is handed to the writer; false when it is an answer too many.</summary>
    public bool TryAnnounce(OutgoingFrame frame) => !IsAnswer(frame) || Interlocked.Increment(ref _answers) <= mostAnswers;

    /// <summary>Adds a frame that has been announced.</summary>
    public void Add(OutgoingFrame frame) => _frames.Enqueue(frame);

    /// <summary>Takes the oldest frame; <see cref="Settle"/> follows.</summary>
    public bool TryTake([NotNullWhen(true)] out OutgoingFrame? frame)
    {
        if (!_first.TryDequeue(out frame) && !_frames.TryDequeue(out frame))
            return false;
        if (IsAnswer(frame))
            _taken++;
        return true;
    }

    /// <summary>Those that have been taken wait no more: counted together, since to take each off would cost as much as the rest of it.</summary>
    public void Settle()
    {
        if (_taken != 0)
            Interlocked.Add(ref _answers, -_taken);
        _taken = 0;
    }

    /// <summary>A frame that was announced is written without having waited here.</summary>
    public void Leave(OutgoingFrame frame)
    {
        if (IsAnswer(frame))
            Interlocked.Decrement(ref _answers);
    }

    /// <summary>Puts a frame back that has been taken; <see cref="Settle"/> follows.</summary>
    public void PutBack(OutgoingFrame frame)
    {
        if (IsAnswer(frame))
            _taken--;
        _frames.Enqueue(frame);
    }

    /// <summary>Puts frames back that are older than all others of their call; <see cref="Settle"/> follows.</summary>
    public void PutFirst(Queue<OutgoingFrame> frames)
    {
        int younger = _first.Count;
        while (frames.TryDequeue(out OutgoingFrame? frame))
        {
            if (IsAnswer(frame))
                _taken--;
            _first.Enqueue(frame);
        }

        while (younger-- > 0)
            _first.Enqueue(_first.Dequeue());
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _first.Clear();
        _frames.Clear();
    }

    // A mark of a flush is no frame: its kind is that of an earlier use.
    private static bool IsAnswer(OutgoingFrame frame) => frame.Flushed is null && frame.Kind is FrameKind.Result or FrameKind.Error or FrameKind.Ping;
}
