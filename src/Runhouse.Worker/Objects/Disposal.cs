using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Objects;

/// <summary>Disposes the instances of remote objects that are gone, and values that nobody holds.</summary>
/// <param name="log">Takes what their disposal throws: no caller waits for it.</param>
internal sealed class Disposal(WorkerLog log)
{
    /// <summary>Disposes an object's instance.</summary>
    /// <param name="entry">The object.</param>
    public Task DisposeAsync(ObjectEntry entry) => entry.Instance switch
    {
        IAsyncDisposable asynchronous => RunAsync($"the remote object {entry.Name ?? entry.TypeName}", asynchronous.DisposeAsync),
        IDisposable synchronous => RunAsync($"the remote object {entry.Name ?? entry.TypeName}", () =>
        {
            synchronous.Dispose();
            return default;
        }),
        _ => Task.CompletedTask,
    };

    /// <summary>Runs a disposal on the thread pool, outside the flow of the call that happened to be the last.</summary>
    /// <param name="what">What it disposes.</param>
    /// <param name="dispose">The disposal.</param>
    public Task RunAsync(string what, Func<ValueTask> dispose)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
            return Task.Run(() => LogErrorAsync(what, dispose));
    }

    private async Task LogErrorAsync(string what, Func<ValueTask> dispose)
    {
        try
        {
            await dispose().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            log.Write($"Disposing {what} failed, which no caller waits for: {exception}");
        }
    }
}
