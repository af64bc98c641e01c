using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Generated;

namespace Runhouse.Worker.Logs;

/// <summary>The worker, as the services of remote code see it: where the content is, and where their loggers write.</summary>
/// <param name="contentRoot">The deployment's folder.</param>
/// <param name="log">The worker's log.</param>
/// <param name="currentCall">The call of the current flow; null outside any call.</param>
internal sealed class WorkerServices(string contentRoot, WorkerLog log, Func<ICallLog?> currentCall) : RemoteServicesContext
{
    private static readonly string[] Levels = ["trce", "dbug", "info", "warn", "fail", "crit"];

    /// <inheritdoc/>
    public override string ContentRoot => contentRoot;

    /// <inheritdoc/>
    public override void Log(int level, string category, string message)
    {
        currentCall()?.Write(LogSource.Logger, level, category, log.Redact(message));
        log.Write($"{Levels[Math.Clamp(level, 0, Levels.Length - 1)]}: {category}: {message}");
    }
}
