using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Logs;

/// <summary>Writes remote lines to the console, to the stream that they were written to.</summary>
/// <param name="only">Takes all lines instead; null for the console.</param>
internal sealed class ConsoleOutput(TextWriter? only = null) : RemoteOutput
{
    private static readonly string[] Levels = ["trce", "dbug", "info", "warn", "fail", "crit"];

    /// <inheritdoc/>
    public override void Write(LogRecord record)
    {
        TextWriter console = only is not null ? only : record.Source == LogSource.StandardError ? Console.Error : Console.Out;
        console.WriteLine(record.Category.Length == 0 ? record.Text : $"{Level(record.Level)}: {record.Category} {record.Text}");
    }

    private static string Level(int level) => level >= 0 && level < Levels.Length ? Levels[level] : "info";
}
