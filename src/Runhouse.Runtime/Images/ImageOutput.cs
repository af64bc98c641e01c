using System.Text;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Images;

/// <summary>Shows what happens while an image is applied: the steps, and what they write, line by line.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="time">The clock.</param>
internal sealed class ImageOutput(RemoteOutput output, TimeProvider time)
{
    private const string Category = "Runhouse.Image";
    private const int Information = 2;
    private const int LongestLine = 16 * 1024;

    private readonly Lines _output = new();
    private readonly Lines _error = new();

    /// <summary>Takes what a step wrote.</summary>
    public void Take(OutputFrame frame)
    {
        Lines lines = frame.Kind == OutputFrameKind.Error ? _error : _output;
        foreach (string line in lines.Take(frame.Payload.Span))
            Write(line, frame.Kind == OutputFrameKind.Error ? LogSource.StandardError : LogSource.StandardOutput);
    }

    /// <summary>Takes what the host says.</summary>
    public void Take(ImageProgress progress)
    {
        // What a step began and did not end stands before the next step.
        foreach ((Lines lines, LogSource source) in (ReadOnlySpan<(Lines, LogSource)>)[(_output, LogSource.StandardOutput), (_error, LogSource.StandardError)])
        {
            if (lines.End() is { Length: > 0 } rest)
                Write(rest, source);
        }

        string? text = progress switch
        {
            ImageStepBegins step => $"Step {step.Number}/{step.Count}: {step.Text}",
            ImageStepSkipped step => $"Step {step.Number}/{step.Count} is unchanged: {step.Text}",
            ImageWaits => "Waiting for another image to be applied to this host",
            _ => null,
        };
        if (text is not null)
            Write(text, LogSource.Logger);
    }

    private void Write(string text, LogSource source) => output.Write(new LogRecord(0, time.GetUtcNow(), Information, Category, text, source));

    /// <summary>Cuts bytes into lines, also where a character is cut.</summary>
    private sealed class Lines
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private readonly StringBuilder _line = new();

        public List<string> Take(ReadOnlySpan<byte> bytes)
        {
            char[] text = new char[_decoder.GetCharCount(bytes, flush: false)];
            int length = _decoder.GetChars(bytes, text, flush: false);
            var lines = new List<string>();
            foreach (char c in text.AsSpan(0, length))
            {
                if (c != '\n')
                    _line.Append(c);
                if (c == '\n' || _line.Length >= LongestLine)
                    lines.Add(End());
            }

            return lines;
        }

        public string End()
        {
            string line = _line.ToString().TrimEnd('\r');
            _line.Clear();
            return line;
        }
    }
}
