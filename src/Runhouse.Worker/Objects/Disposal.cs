using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Objects;

/// <summary>Disposes the instances of remote objects that are gone.</summary>
/// <param name="log">Takes what their disposal throws: no caller waits for it.</param>
internal sealed class Disposal(WorkerLog log)
{
    /// <summary>Disposes an object's instance on the thread pool, outside the flow of the call that happened to be its last.</summary>
    public Task DisposeAsync(ObjectEntry entry)
    {
        if (entry.Instance is not (IAsyncDisposable or IDisposable))
            return Task.CompletedTask;
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            return Task.Run(() => RunAsync(entry));
    }

    private async Task RunAsync(ObjectEntry entry)
    {
        try
        {
            if (entry.Instance is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            else
                ((IDisposable)entry.Instance).Dispose();
        }
        catch (Exception exception)
        {
            log.Write($"Disposing the remote object {entry.Name ?? entry.TypeName} failed, which no caller waits for: {exception}");
        }
    }
}
