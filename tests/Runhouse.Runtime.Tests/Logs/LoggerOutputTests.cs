using Microsoft.Extensions.Logging;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Tests.Logs;

public class LoggerOutputTests
{
    [Fact]
    public void Lines_arrive_once_in_order_under_their_category_and_level()
    {
        var loggers = new Recorder();
        var output = new LoggerOutput(loggers);

        output.Write(new LogRecord(1, default, (int)LogLevel.Warning, "App.Trainer", "loss is {high}"));
        output.Write(new LogRecord(1, default, (int)LogLevel.Information, "", "plain", LogSource.StandardOutput));
        output.Write(new LogRecord(1, default, (int)LogLevel.Debug, "App.Trainer", "not enabled"));

        Assert.Equal(["App.Trainer|Warning|loss is {high}", "Runhouse.Remote|Information|plain"], loggers.Lines);
    }

    private sealed class Recorder : ILoggerFactory
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => new Category(categoryName, Lines);

        public void Dispose()
        {
        }

        private sealed class Category(string name, List<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
                => lines.Add($"{name}|{logLevel}|{formatter(state, exception)}");
        }
    }
}
