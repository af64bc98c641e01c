using System.Globalization;
using System.Text;

namespace Runhouse.Host.Hosting;

/// <summary>Writes the host's log to one file.</summary>
internal sealed class FileLoggerProvider(LogFile file, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new FileLogger(file, time, categoryName);

    public void Dispose() => file.Dispose();

    private sealed class FileLogger(LogFile file, TimeProvider time, string category) : ILogger
    {
        // Our own categories in full, the framework's only when something is wrong.
        private readonly LogLevel _minimum = category.StartsWith("Runhouse.", StringComparison.Ordinal) ? LogLevel.Information : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _minimum && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;

            var line = new StringBuilder();
            line.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {Name(logLevel)} {category}: ");
            line.Append(formatter(state, exception));
            if (exception is not null)
                line.Append('\n').Append(exception);
            file.WriteLine(line.ToString());
        }

        private static string Name(LogLevel level) => level switch
        {
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            LogLevel.Critical => "crit",
            _ => "info",
        };
    }
}
