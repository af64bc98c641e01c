using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Deployments;

/// <summary>
/// Removes deployments that nobody needs, by number and age, and then the content that none of the others has. What is in use, was used lately, is current or was
/// before it stays. It may be interrupted anywhere, and run beside uploads and starts.
/// </summary>
internal sealed partial class DeploymentCleanup(
    DeploymentStore deployments, CurrentVersions versions, FileStore files, HostSettings settings, TimeProvider time, ILogger<DeploymentCleanup> log)
{
    // Behind the first calls, and early enough for a host that is never up for long.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _next = time.GetUtcNow() + FirstDelay;

    /// <summary>Cleans up on a thread of its own when it is time to.</summary>
    /// <param name="findRunning">Finds the ids of the deployments that are in use.</param>
    public void RunIfDue(Func<IReadOnlySet<string>> findRunning)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now < _next || !_running.IsCompleted)
                return;
            _next = now + TimeSpan.FromTicks(Math.Min(settings.CleanupPeriod.Ticks, settings.UseGrace.Ticks));
            _running = Task.Run(() =>
            {
                try
                {
                    Run(findRunning());
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    LogFailed(exception.Message);
                }
            });
        }
    }

    /// <summary>Cleans up.</summary>
    /// <param name="running">The ids of the deployments that are in use.</param>
    public void Run(IReadOnlySet<string> running)
    {
        DateTimeOffset usedSince = time.GetUtcNow() - settings.UseGrace;
        int removed = 0;
        foreach (IGrouping<string, Deployment> application in deployments.All().GroupBy(static one => one.Manifest.Application))
        {
            (string? current, string? previous) = versions.Of(application.Key);
            Deployment[] unused =
            [
                .. application.Where(one => one.Id != current && one.Id != previous && !running.Contains(one.Id))
                    .OrderByDescending(one => deployments.UsedAt(one.Id)),
            ];
            for (int i = 0; i < unused.Length; i++)
            {
                bool isDue = i >= settings.DeploymentsKept || deployments.UsedAt(unused[i].Id) < time.GetUtcNow() - settings.DeploymentAge;
                if (!isDue || !deployments.TryRemove(unused[i].Id, usedSince))
                    continue;
                versions.Remove(unused[i]);
                removed++;
            }
        }

        // What a deployment that comes now refers to is counted on, and so stays, whether it is among these or not.
        HashSet<string> needed = [.. deployments.All().SelectMany(static one => one.Manifest.Files).Select(static file => file.Hash)];
        (int contents, long bytes) = files.RemoveUnneeded(needed, usedSince);
        if (removed + contents > 0)
            LogRemoved(removed, contents, bytes);
    }

    /// <summary>Waits until nothing is being cleaned up.</summary>
    public Task StopAsync()
    {
        lock (_gate)
            return _running;
    }

    [LoggerMessage(LogLevel.Information, "Removed {Deployments} deployments that nobody needs, and {Files} files of {Bytes} bytes")]
    private partial void LogRemoved(int deployments, int files, long bytes);

    [LoggerMessage(LogLevel.Warning, "Deployments that nobody needs could not all be removed: {Reason}")]
    private partial void LogFailed(string reason);
}
