using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Logs;

/// <summary>Hands remote lines to the caller's loggers: under the category of the remote logger, or <c>Runhouse.Remote</c> for the standard streams.</summary>
/// <param name="loggers">The caller's loggers.</param>
internal sealed class LoggerOutput(ILoggerFactory loggers) : RemoteOutput
{
    private const string DefaultCategory = "Runhouse.Remote";

    private readonly ConcurrentDictionary<string, ILogger> _byCategory = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void Write(LogRecord record)
    {
        ILogger logger = _byCategory.GetOrAdd(record.Category.Length == 0 ? DefaultCategory : record.Category, loggers.CreateLogger);
        LogLevel level = Level(record);
        if (logger.IsEnabled(level))
            logger.Log(level, default, record.Text, exception: null, static (text, _) => text);
    }

    private static LogLevel Level(LogRecord record)
        => record.Level is >= (int)LogLevel.Trace and <= (int)LogLevel.Critical ? (LogLevel)record.Level : LogLevel.Information;
}
