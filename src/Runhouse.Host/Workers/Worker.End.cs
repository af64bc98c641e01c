using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Workers;

/// <content>The worker's end: how its process ended, and what is cleared up behind it. A step that fails is logged and holds up none of the others.</content>
internal sealed partial class Worker
{
    // Its children may hold its output open; its own last lines are in the pipe by then.
    private static readonly TimeSpan OutputDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>How it ended, in words that go on from its name.</summary>
    /// <param name="exit">How its process ended.</param>
    public string HowEnded(ProcessExit exit) => _hang is not null ? "hung and was ended by its host"
        : _isOutOfMemory ? "ran out of memory"
        : _isPreempted ? "ended with its machine, which was taken back"
        : _isTimeOver ? "ended with its machine, whose time was over"
        : _isEndedOnRequest ? "was ended by command (runhouse kill)"
        : $"ended with {exit}";

    private async Task<ProcessExit> RunAsync()
    {
        using var ending = new CancellationTokenSource();
        Task sending = SendAllAsync(ending.Token);
        Task reading = Task.WhenAll(
            LineReader.ReadAsync(_process.StandardOutput.BaseStream, MaxControlLineBytes, OnControlLine, ending.Token),
            LineReader.ReadAsync(new RedactingStream(_process.StandardError.BaseStream, () => Environment?.Redactor), MaxOutputLineBytes, _output.Add, ending.Token));
        await _process.WaitForExitAsync().ConfigureAwait(false);
        long endedAt = ProcessReading.Now();

        // At once, before its output is drained: nobody may be sent to a worker that has gone.
        ProcessExit exit = ProcessExit.FromProcess(_process.ExitCode);
        Task freeing = Task.CompletedTask;
        Clear("the limit of its memory", () => freeing = EndLimit(exit));
        _exit = exit;
        _load = new WorkerLoad(0, 0, 0);
        _state = WorkerState.Ended;
        Questions.End();
        Clear("the names of its objects", () => _names.ReleaseAllOf(this, exit));
        Clear("what it has started, and the files of its runtime", () => _remains.Clear(endedAt));
        try
        {
            await reading.WaitAsync(OutputDelay, _time).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogOutputCut(Id, exception.Message);
        }

        await ending.CancelAsync().ConfigureAwait(false);
        EndKeeping();
        await Silent.ConfigureAwait(false);
        _messages.Writer.TryComplete();
        await ClearAsync("its control line", sending).ConfigureAwait(false);
        Clear("its output", () => _output.Close(Environment?.Redactor));
        await ClearAsync("the group that limits its memory", freeing).ConfigureAwait(false);
        Clear("its socket", () => File.Delete(SocketPath), SocketPath.Length > 0);
        Clear("its socket for connections that are handed over", () => File.Delete(SocketHandover.PathOf(SocketPath)), SocketPath.Length > 0);
        LogEnded(Id, ProcessId, exit);
        _served.TrySetResult($"its process ended with {exit} before it served");

        // The process does not close what was read from it, and the collector may take its time.
        Clear("the pipe of its control line", _process.StandardOutput.Dispose);
        Clear("the pipe of its output", _process.StandardError.Dispose);
        Clear("its process", _process.Dispose);

        // Its fate is remembered for a while, the values of its secrets are not.
        Environment = null;
        return exit;
    }

    // At once, as callers are told with the end itself.
    private Task EndLimit(ProcessExit exit)
    {
        bool ownKills = _groups?.HasKilledLately() ?? false;
        bool limitKills = MemoryLimit?.End() ?? false;

        // What the kernel has ended before may have been another process in it: this host's own signal is no want of memory.
        _isOutOfMemory |= exit.Signal == ChildProcess.Kill && !_isKilled && (MemoryLimit is { IsHeapOnly: false } ? limitKills : ownKills);
        return MemoryLimit?.RemoveAsync() ?? Task.CompletedTask;
    }

    private void Clear(string what, Action step, bool isThere = true)
    {
        try
        {
            if (isThere)
                step();
        }
        catch (Exception exception)
        {
            LogNotCleared(Id, what, exception.Message);
        }
    }

    private async Task ClearAsync(string what, Task step)
    {
        try
        {
            await step.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogNotCleared(Id, what, exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Worker {Id} (process {ProcessId}) ended with {Exit}")]
    private partial void LogEnded(string id, int processId, ProcessExit exit);

    [LoggerMessage(LogLevel.Warning, "The last output of worker {Id} could not be read to its end ({Reason}); its child processes may hold it")]
    private partial void LogOutputCut(string id, string reason);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} has ended, and {What} could not be cleared up: {Reason}. What it held is free all the same; remove what is left by hand")]
    private partial void LogNotCleared(string id, string what, string reason);
}
