using System.Text;

namespace Runhouse.Worker.Logs;

/// <summary>
/// The console of remote code. Every flow has its own line, so that what concurrent calls write does not mix; each line goes to the call
/// in whose flow it was written and to the worker's log, once each.
/// </summary>
/// <param name="source">Output or error.</param>
/// <param name="log">The worker's log.</param>
/// <param name="currentCall">The call of the current flow; null outside any call.</param>
internal sealed class ConsoleWriter(CallLogSource source, WorkerLog log, Func<ICallLog?> currentCall) : TextWriter
{
    private readonly Lock _lock = new();
    private readonly LineBuffer _outsideCalls = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Write(new ReadOnlySpan<char>(in value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => WriteLine(value.AsSpan());

    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<char> buffer)
    {
        // One flow may write from several threads: a line and its end belong together.
        lock (_lock)
        {
            Write(buffer);
            Write('\n');
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        var call = currentCall();
        lock (_lock)
            (call?.Lines(source) ?? _outsideCalls).Append(buffer, (Writer: this, Call: call), Emit);
    }

    /// <summary>Ends the line that a call has begun: the call is about to end.</summary>
    public void Flush(ICallLog call)
    {
        var lines = call.Lines(source);
        if (!lines.HasPartialLine)
            return;
        lock (_lock)
            lines.Flush((Writer: this, Call: (ICallLog?)call), Emit);
    }

    private static void Emit(ReadOnlySpan<char> line, (ConsoleWriter Writer, ICallLog? Call) state)
    {
        state.Call?.Write(state.Writer.Source, 0, "", line);
        state.Writer.Log.Write(line);
    }

    private CallLogSource Source => source;

    private WorkerLog Log => log;
}
