using System.Collections.Concurrent;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Calls;

/// <summary>
/// The detached calls: recorded before they start, carried by this host, which is their caller, and kept until their retention is over. What is in flight has a session
/// with its worker like any other call, so that workers and hosts stay up for it, and old workers finish it.
/// </summary>
internal sealed partial class DetachedCalls(
    CallTable table, CallCarrier carrier, StoreWrites writes, HostFolders folders, ILogger<DetachedCalls> log) : IDisposable
{
    /// <summary>How often a call begins that may run twice: one that brings its host down each time must not do so for ever.</summary>
    private const int MaxAttempts = 10;

    private readonly ConcurrentDictionary<string, DetachedRun> _runs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Whether any has not ended. One that waits for an image is none of this host's work: it may wait on disk for whoever applies the image.</summary>
    public bool HasWork => _runs.Values.Any(static run => !run.WaitsForImage);

    /// <summary>Records a call and lets it run; does nothing when it is recorded already.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="call">The call.</param>
    /// <param name="caller">Who makes it.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task SpawnAsync(string id, DetachedCall call, string caller, byte[] arguments, CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested)
            throw HostRefusal.Stopping();
        if (table.Find(id) is null)
        {
            DetachedCall placed = await carrier.PlaceAsync(call, cancellationToken).ConfigureAwait(false);
            if (table.TryAdd(id, placed, caller, carrier.ApplicationOf(placed), arguments))
            {
                LogRecorded(id, placed.Member);
                Begin(id, call.Member, carrier.CarryAsync);
            }
        }

        // An object may go as soon as its caller has been answered: not before the call is there, which keeps it. It waits for nothing on its way.
        if (call.ObjectId != 0 && _runs.TryGetValue(id, out DetachedRun? run))
            await run.Entered.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Records a call that the host makes by itself, and lets it run; false when it is recorded already. What keeps it from running is its outcome. Its end is all that the log says
    /// of it: there may be one each second.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="call">The call.</param>
    /// <param name="caller">On whose behalf.</param>
    /// <param name="application">The application that it is of.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="HostRefusal">It cannot be recorded.</exception>
    public bool TryRecord(string id, DetachedCall call, string caller, string application, byte[] arguments)
    {
        if (_stopping.IsCancellationRequested)
            throw HostRefusal.Stopping();
        if (!table.TryAdd(id, call, caller, application, arguments))
            return false;
        Begin(id, call.Member, carrier.CarryAsync);
        return true;
    }

    /// <summary>Takes up what a former host has left: calls that had not begun, and those that may run twice. The others are interrupted.</summary>
    public void Resume()
    {
        IReadOnlyList<StoredCall> all;
        try
        {
            all = table.All();
        }
        catch (HostRefusal refusal)
        {
            // No reason not to serve others: whoever asks for a detached call is told the same.
            LogNotResumed(refusal.Message);
            return;
        }

        foreach (StoredCall left in all)
        {
            if (left.Status.State == CallState.Waiting || (left.Status.State == CallState.Running && left.Call.IsIdempotent && left.Status.Attempts < MaxAttempts))
            {
                LogResumed(left.Status.Id, left.Call.Member);
                Begin(left.Status.Id, left.Call.Member, carrier.CarryAsync, isResumed: true);
            }
            else if (left.Status.State == CallState.Running)
            {
                LogInterrupted(left.Status.Id, left.Call.Member);
                Begin(left.Status.Id, left.Call.Member, static _ => Task.FromResult<CallEnd?>(new CallEnd(CallState.Interrupted)), isOver: true);
            }
        }
    }

    /// <summary>Whether a call waits or runs.</summary>
    public bool IsInFlight(string id) => _runs.TryGetValue(id, out DetachedRun? run) && !run.IsOver;

    /// <summary>What a call is doing, or what became of it; null when none of that id is kept.</summary>
    public CallStatus? Find(string id) => table.Find(id)?.Status;

    /// <summary>What a call is doing, or what became of it.</summary>
    /// <exception cref="HostRefusal">None of that id is kept.</exception>
    public CallStatus Get(string id) => Find(id) ?? throw HostRefusal.NotFound(
        $"This host keeps no detached call '{id}': it was made on another host, or its outcome was kept for as long as was asked for. 'runhouse calls' lists those that there are.");

    /// <summary>All that are kept, the oldest first.</summary>
    public IReadOnlyList<CallStatus> All() => [.. table.All().Select(static call => call.Status)];

    /// <summary>The ids of the deployments in which calls run, or are to run.</summary>
    public IEnumerable<string> Deployments()
        => table.All().Where(static call => call.Status.State is CallState.Waiting or CallState.Running).Select(static call => call.Call.Deployment).OfType<string>();

    /// <summary>Ends once a call has ended.</summary>
    public Task EndOfAsync(string id) => _runs.TryGetValue(id, out DetachedRun? run) ? run.Ended : Task.CompletedTask;

    /// <summary>What is kept of what a call wrote and reported.</summary>
    public CallEvents EventsOf(string id)
    {
        if (_runs.TryGetValue(id, out DetachedRun? run))
            return run.Events;
        var ended = new CallEvents(folders.CallFile(id, "events"));
        ended.Dispose();
        return ended;
    }

    /// <summary>The outcome of a call that has ended with one.</summary>
    /// <exception cref="HostRefusal">It has not.</exception>
    public (string Kind, byte[] Body) Outcome(string id)
    {
        CallStatus status = Get(id);
        return table.Outcome(id) ?? throw new HostRefusal(
            StatusCodes.Status409Conflict, HostErrorCode.Invalid, $"Call {id} has no outcome: it is {status.State}. Wait for its end (GET /v1/calls/{id}?wait=60).");
    }

    /// <summary>Cancels a call; false when none of that id is in flight.</summary>
    /// <param name="id">The call.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<bool> TryCancelAsync(string id, string by, CancellationToken cancellationToken)
    {
        if (!_runs.TryGetValue(id, out DetachedRun? run))
            return false;
        try
        {
            run.Cancel(by);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        await run.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Get(id).State == CallState.Cancelled;
    }

    /// <summary>Forgets what nobody keeps any longer.</summary>
    public void Sweep()
    {
        table.RemoveExpired();
        table.RemoveOrphansIfDue();
    }

    /// <summary>The host stops: what runs is left as it is, for the next one to find.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        DetachedRun[] runs = [.. _runs.Values];
        foreach (DetachedRun run in runs)
        {
            try
            {
                run.Stop();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        }

        await Task.WhenAll(runs.Select(static run => run.Ended)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private void Begin(string id, string member, Func<DetachedRun, Task<CallEnd?>> work, bool isOver = false, bool isResumed = false)
    {
        var run = new DetachedRun(id, member, new CallEvents(folders.CallFile(id, "events"))) { IsOver = isOver, IsResumed = isResumed };
        _runs[id] = run;
        _ = Task.Run(() => RunAsync(run, work));
    }

    private async Task RunAsync(DetachedRun run, Func<DetachedRun, Task<CallEnd?>> work)
    {
        try
        {
            using CallEnd? end = await WorkAsync(run, work).ConfigureAwait(false);
            if (end is not null)
                await KeepAsync(run, end).ConfigureAwait(false);
        }
        finally
        {
            _runs.TryRemove(run.Id, out _);
            run.Dispose();
        }
    }

    private async Task<CallEnd?> WorkAsync(DetachedRun run, Func<DetachedRun, Task<CallEnd?>> work)
    {
        try
        {
            return await work(run).ConfigureAwait(false);
        }
        catch (Exception) when (run.CancelledBy is null && _stopping.IsCancellationRequested)
        {
            // The next host finds it as the store has it: waiting, or running, which is interrupted then.
            return null;
        }
        catch (Exception) when (run.CancelledBy is not null)
        {
            return new CallEnd(CallState.Cancelled) { CancelledBy = run.CancelledBy };
        }
        catch (HostRefusal refusal)
        {
            return CallEnd.Refused(refusal);
        }
        catch (Exception error)
        {
            LogFailed(run.Id, error);
            return CallEnd.Refused(new HostRefusal(StatusCodes.Status500InternalServerError, HostErrorCode.Failed, $"The host could not run call {run.Id}: {error.Message}"));
        }
    }

    // Until it is kept the call is in flight, with its outcome: whoever waits goes on waiting.
    private async Task KeepAsync(DetachedRun run, CallEnd end)
    {
        run.Events.Dispose();
        if (run.Events.Dropped is { Count: > 0 } dropped)
            LogDropped(run.Id, dropped.Count, dropped.Reason);
        try
        {
            if (await writes.InsistAsync(run.Id, () => table.TryEnd(run.Id, end.State, end.Kind, end.Body.Span, end.CancelledBy), _stopping.Token).ConfigureAwait(false))
                LogEnd(run, end.State);
        }
        catch (OperationCanceledException)
        {
            LogNotKept(run.Id);
        }
    }

    private void LogEnd(DetachedRun run, CallState state)
    {
        if (state == CallState.Failed)
            LogFailed(run.Id, run.Member);
        else
            LogEnded(run.Id, run.Member, state);
    }

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} is recorded")]
    private partial void LogRecorded(string id, string member);

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} runs again: a former host ended before it")]
    private partial void LogResumed(string id, string member);

    [LoggerMessage(LogLevel.Error, "What a former host has left of detached calls cannot be taken up: {Reason}")]
    private partial void LogNotResumed(string reason);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} is interrupted: a former host ended while it ran")]
    private partial void LogInterrupted(string id, string member);

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} has ended: {State}")]
    private partial void LogEnded(string id, string member, CallState state);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} has failed (runhouse result {Id} says why)")]
    private partial void LogFailed(string id, string member);

    [LoggerMessage(LogLevel.Error, "Detached call {Id} could not be run")]
    private partial void LogFailed(string id, Exception error);

    [LoggerMessage(LogLevel.Error, "{Count} lines and reports of detached call {Id} could not be written and are lost: {Reason}")]
    private partial void LogDropped(string id, long count, string reason);

    [LoggerMessage(LogLevel.Error, "The end of detached call {Id} is lost, since the host stops before its store could be written: the next host takes the call for interrupted")]
    private partial void LogNotKept(string id);
}
