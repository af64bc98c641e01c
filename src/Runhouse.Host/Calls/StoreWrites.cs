using Runhouse.Host.Hosting;

namespace Runhouse.Host.Calls;

/// <summary>Writes to the store that nobody can repeat: what they note is known here alone. They are tried until the store takes them.</summary>
internal sealed partial class StoreWrites(TimeProvider time, ILogger<StoreWrites> log)
{
    /// <summary>Writes, as soon as that can be.</summary>
    /// <param name="id">The call that is written about.</param>
    /// <param name="write">Writes.</param>
    /// <param name="cancellationToken">Stops trying, after the first time.</param>
    /// <exception cref="OperationCanceledException">It was not written.</exception>
    public async Task<bool> InsistAsync(string id, Func<bool> write, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(time);
        while (true)
        {
            try
            {
                return write();
            }
            catch (Exception unwritten) when (unwritten is HostRefusal or IOException or UnauthorizedAccessException)
            {
                LogUnwritten(id, unwritten.Message);
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Error, "What becomes of detached call {Id} cannot be written; it is tried again, every 30 s at least: {Reason}")]
    private partial void LogUnwritten(string id, string reason);
}
