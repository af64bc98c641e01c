using System.Text;
using Runhouse.Host.Commands;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Images;

/// <summary>Passes a step's output on and keeps its last lines for the error.</summary>
/// <param name="next">Where it goes.</param>
internal sealed class StepOutput(CommandOutput next)
{
    private const int MaxLineBytes = 4096;

    private readonly Lock _gate = new();
    private readonly OutputTail _tail = new();
    private readonly MemoryStream[] _lines = [new(), new()];

    public async ValueTask WriteAsync(OutputFrameKind kind, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        lock (_gate)
            Keep(_lines[kind == OutputFrameKind.Error ? 1 : 0], piece.Span);
        await next(kind, piece, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The last lines of both streams.</summary>
    public IReadOnlyList<string> Tail()
    {
        lock (_gate)
        {
            foreach (MemoryStream line in _lines)
                End(line);
            return _tail.Snapshot();
        }
    }

    private void Keep(MemoryStream line, ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            int end = piece.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? piece : piece[..end];
            line.Write(part[..(int)Math.Min(part.Length, MaxLineBytes - line.Length)]);
            if (end < 0)
                return;
            if (line.Length == 0)
                _tail.Add("");
            else
                End(line);
            piece = piece[(end + 1)..];
        }
    }

    private void End(MemoryStream line)
    {
        if (line.Length == 0)
            return;

        // A progress bar draws over its line: what it showed last.
        string text = Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length)).TrimEnd('\r');
        _tail.Add(text[(text.LastIndexOf('\r') + 1)..]);
        line.SetLength(0);
    }
}
