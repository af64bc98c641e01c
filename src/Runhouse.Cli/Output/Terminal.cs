using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Where a command writes: results to standard output, all else to standard error. With <c>--json</c> the first has JSON and nothing else.</summary>
/// <param name="output">Standard output.</param>
/// <param name="error">Standard error.</param>
internal sealed class Terminal(IAnsiConsole output, IAnsiConsole error)
{
    private const int WidthOfFiles = 400;
    private const int AnnouncedLines = 3;

    /// <summary>Whether results are written as JSON.</summary>
    public bool IsJson { get; set; }

    /// <summary>Whether errors are written in full.</summary>
    public bool IsVerbose { get; set; }

    /// <summary>Standard output.</summary>
    public IAnsiConsole Output { get; } = Fitted(output);

    /// <summary>Standard error.</summary>
    public IAnsiConsole Error { get; } = Fitted(error);

    /// <summary>Writes a result: JSON when that was asked for, else as a person reads it.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="result">The result.</param>
    /// <param name="json">How it is written as JSON.</param>
    /// <param name="show">Writes it for a person.</param>
    public void Result<T>(T result, JsonTypeInfo<T> json, Action<T, IAnsiConsole> show)
    {
        if (IsJson)
            WriteJson(result, json);
        else
            show(result, Output);
    }

    /// <summary>Writes a result that is JSON in any case, at once.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isIndented">Whether it is written for a person, on several lines.</param>
    public void Json(JsonElement value, bool isIndented)
    {
        Output.Profile.Out.Writer.WriteLine(Text(value, isIndented));
        Output.Profile.Out.Writer.Flush();
    }

    /// <summary>A value as JSON.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isIndented">Whether it is written for a person, on several lines.</param>
    public static string Text(JsonElement value, bool isIndented)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = isIndented, NewLine = "\n", MaxDepth = int.MaxValue, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            value.WriteTo(writer);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Says something that is no result.</summary>
    /// <param name="text">The text; nothing in it is markup.</param>
    public void Note(string text) => Error.Line(text);

    /// <summary>Tells an error: one line, or all of it with <c>--verbose</c>; with <c>--json</c> as an object on standard output besides.</summary>
    /// <param name="failure">The error.</param>
    public void Fail(Exception failure)
    {
        string message = failure is OperationCanceledException and not CallCancelledException && !ExitCodes.IsThrownRemotely(failure) ? "Interrupted." : failure.Message;

        // The name of a parameter in the code says nothing to whoever has typed a command.
        if (failure is ArgumentException { ParamName: { } parameter })
            message = message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        string kind = failure.GetType().Name;
        if (RemoteFault.Of(failure) is { } fault && ExitCodes.IsThrownRemotely(failure))
        {
            // Its message alone may make no sense without its type: "1".
            kind = fault.TypeName[(fault.TypeName.LastIndexOf('.') + 1)..];
            message = $"{fault.TypeName}: {fault.Message}";
        }

        if (IsJson)
            WriteJson(new ErrorReport(new ErrorText(kind, message)), CliJson.Readable.ErrorReport);
        if (IsVerbose)
        {
            Error.Line(failure.ToString());
            return;
        }

        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Error.Markup("[red]error:[/] ");
        Error.Line(OneLine(lines, failure));
    }

    // What is announced at the end of a line belongs to it, as far as it is short.
    private static string OneLine(string[] lines, Exception failure)
    {
        if (lines.Length == 0)
            return failure.GetType().Name;
        int shown = lines[0].EndsWith(':') ? Math.Min(lines.Length, AnnouncedLines + 1) : 1;
        string announced = shown > 1 ? " " + string.Join(" | ", lines[1..shown]) : "";
        return $"{lines[0]}{announced}{(lines.Length > shown ? " (--verbose shows the rest)" : "")}";
    }

    // Not through the console, which would break the line where the terminal ends.
    private void WriteJson<T>(T value, JsonTypeInfo<T> json) => Output.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(value, json));

    // What is not a terminal has no width, and a table that is cut to one is of no use to the next program.
    private static IAnsiConsole Fitted(IAnsiConsole console)
    {
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = WidthOfFiles;
        return console;
    }
}
