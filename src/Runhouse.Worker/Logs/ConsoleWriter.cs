using System.Text;
using Runhouse.Protocol.Connections;

namespace Runhouse.Worker.Logs;

/// <summary>
/// The console of remote code. Every call has its own line, so that what concurrent calls write does not mix; each line goes to the call
/// in whose flow it was written and to the worker's log, once each. A call that waits for its caller to take lines holds up no other.
/// </summary>
/// <param name="source">Output or error.</param>
/// <param name="log">The worker's log.</param>
/// <param name="currentCall">The call of the current flow; null outside any call.</param>
internal sealed class ConsoleWriter(LogSource source, WorkerLog log, Func<ICallLog?> currentCall) : TextWriter
{
    private const int Information = 2;
    private readonly LineBuffer _outsideCalls = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Append([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Append(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Append(buffer);

    /// <inheritdoc/>
    public override void Write(string? value) => Append(value);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Append(value, endLine: true);

    /// <inheritdoc/>
    public override void WriteLine(ReadOnlySpan<char> buffer) => Append(buffer, endLine: true);

    /// <summary>Sends the line that a call has begun and not ended: the call is about to end.</summary>
    /// <param name="lines">The call's lines.</param>
    /// <param name="call">The call; null when it has ended already and the line was late.</param>
    public void Flush(LineBuffer lines, ICallLog? call)
    {
        lock (lines)
        {
            if (lines.HasPartialLine)
                lines.Flush((this, call), Emit);
        }
    }

    private void Append(ReadOnlySpan<char> text, bool endLine = false)
    {
        var call = currentCall();
        while (true)
        {
            // A flow that outlives its call writes to the worker's log alone.
            var lines = call?.Lines(source) ?? _outsideCalls;
            lock (lines)
            {
                // The call may have ended meanwhile, and its lines may be another's. Once they are locked they stay: an end flushes them.
                if (!ReferenceEquals(lines, call?.Lines(source) ?? _outsideCalls))
                    continue;
                lines.Append(text, log.Redactor, (this, call), Emit);
                if (endLine)
                    lines.Flush((this, call), Emit);
                return;
            }
        }
    }

    private static void Emit(ReadOnlySpan<char> line, (ConsoleWriter Writer, ICallLog? Call) state) => state.Writer.Emit(line, state.Call);

    private void Emit(ReadOnlySpan<char> line, ICallLog? call)
    {
        line = log.Redact(line);
        call?.Write(source, Information, "", line);
        log.Write(line);
    }
}
