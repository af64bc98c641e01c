using Runhouse.Host.Hosting;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Calls;

/// <summary>The calls in flight in the workers, which alone know them.</summary>
internal sealed partial class LiveCalls(WorkerPool workers, TimeProvider time, ILogger<LiveCalls> log)
{
    /// <summary>Lists the calls in flight that callers wait for.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<CallListing> ListAsync(CancellationToken cancellationToken)
    {
        WorkerCalls[] all = await Task.WhenAll(workers.Serving().Select(worker => AskAsync(worker, cancellationToken))).ConfigureAwait(false);
        return new CallListing([.. all.SelectMany(static one => one.Calls)], all.Sum(static one => one.Unlisted))
        {
            Silent = [.. all.Where(static one => one.IsSilent).Select(static one => one.Worker)],
        };
    }

    /// <summary>Cancels a call in flight.</summary>
    /// <param name="id">Its id in words.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostRefusal">No such call is in flight, or its worker does not answer.</exception>
    public async Task CancelAsync(string id, string by, CancellationToken cancellationToken)
    {
        Worker? worker = CallNames.WorkerOf(id) is { } name ? workers.Find(name) : null;
        if (worker is not { State: WorkerState.Serving or WorkerState.Draining })
            throw NotInFlight(id);
        CallCancellation? answer = await worker.Questions.AskAsync<CallCancellation>(number => new CancelCall(number, id, by), cancellationToken).ConfigureAwait(false);
        if (answer is null && worker.State != WorkerState.Ended)
        {
            throw new HostRefusal(
                StatusCodes.Status503ServiceUnavailable,
                HostErrorCode.Failed,
                $"Worker {worker.Id} does not answer, so that call '{id}' was not cancelled. Look at what it does ('runhouse logs'), or end its process {worker.ProcessId}.");
        }

        if (answer is not { WasInFlight: true })
            throw NotInFlight(id);
        LogCancelled(id, by);
    }

    private static HostRefusal NotInFlight(string id)
        => HostRefusal.NotFound($"No call '{(id.Length > 100 ? id[..100] : id)}' is in flight on this host; it may have ended. 'runhouse calls' lists those that there are.");

    private async Task<WorkerCalls> AskAsync(Worker worker, CancellationToken cancellationToken)
    {
        CallList? answer = await worker.Questions.AskAsync<CallList>(static number => new ListCalls(number), cancellationToken).ConfigureAwait(false);
        if (answer is null)
            return new WorkerCalls(worker.Id, [], 0, IsSilent: worker.State != WorkerState.Ended);
        DateTimeOffset now = time.GetUtcNow();
        var calls = new List<CallStatus>();
        foreach (CallInFlight call in answer.Calls)
        {
            string caller = worker.Holders.Of(call.Ticket);
            if (caller == OwnCaller)
                continue;
            calls.Add(new CallStatus
            {
                Id = call.Id,
                State = CallState.Running,
                Member = call.Member,
                Object = call.Object,
                Caller = caller,
                CreatedAt = now - TimeSpan.FromSeconds(call.Age),
                Application = worker.Deployment?.Manifest.Application,
                Deployment = worker.Deployment?.Id,
                Worker = worker.Id,
            });
        }

        return new WorkerCalls(worker.Id, calls, answer.Total - answer.Calls.Count, IsSilent: false);
    }

    /// <summary>As whom the host itself holds tickets, for the detached calls that it carries: it lists those itself.</summary>
    public const string OwnCaller = "\0host";

    [LoggerMessage(LogLevel.Information, "Call {Id} was cancelled by {By}")]
    private partial void LogCancelled(string id, string by);

    private sealed record WorkerCalls(string Worker, IReadOnlyList<CallStatus> Calls, int Unlisted, bool IsSilent);
}
