using Microsoft.Extensions.Logging;
using Runhouse.Protocol.Generated;

namespace Runhouse.Injection;

/// <summary>Hands the lines of remote code's loggers to the worker, which knows the call that each belongs to.</summary>
/// <param name="context">The worker, as the services see it.</param>
internal sealed class RemoteLoggerProvider(RemoteServicesContext context) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new RemoteLogger(context, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class RemoteLogger(RemoteServicesContext context, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            string text = formatter(state, exception);
            context.Log((int)logLevel, category, exception is null ? text : $"{text}\n{exception}");
        }
    }
}
