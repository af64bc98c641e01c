using System.Collections.Concurrent;
using System.Text.Json;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Calls;

/// <summary>
/// The detached calls: recorded before they start, carried by this host, which is their caller, and kept until their retention is over. What is in flight has a session
/// with its worker like any other call, so that workers and hosts stay up for it, and old workers finish it.
/// </summary>
internal sealed partial class DetachedCalls(
    CallTable table, CallCarrier carrier, WorkerPool workers, HostFolders folders, ILogger<DetachedCalls> log) : IDisposable
{
    /// <summary>How many run at a time, each with a connection; the others wait in the store.</summary>
    private const int MaxRunning = 256;

    /// <summary>How often a call begins that may run twice: one that brings its host down each time must not do so for ever.</summary>
    private const int MaxAttempts = 10;

    private readonly ConcurrentDictionary<string, DetachedRun> _runs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(MaxRunning);
    private volatile bool _isStopping;

    /// <summary>Whether any has not ended.</summary>
    public bool HasWork => !_runs.IsEmpty;

    /// <summary>Records a call and lets it run; does nothing when it is recorded already.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="call">The call.</param>
    /// <param name="caller">Who makes it.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task SpawnAsync(string id, DetachedCall call, string caller, byte[] arguments, CancellationToken cancellationToken)
    {
        if (_isStopping)
            throw HostRefusal.Stopping();
        if (call.Worker is { } worker)
            call = call with { Deployment = workers.Find(worker)?.Deployment?.Id };
        if (table.TryAdd(id, call, caller, carrier.ApplicationOf(call), arguments))
        {
            LogRecorded(id, call.Member);
            Begin(id);
        }

        // An object may go as soon as its caller has been answered: not before the call is there, which keeps it.
        if (call.ObjectId != 0 && _runs.TryGetValue(id, out DetachedRun? run))
            await run.Entered.WaitAsync(cancellationToken).ConfigureAwait(false);
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
                Begin(left.Status.Id);
            }
            else if (left.Status.State == CallState.Running)
            {
                LogInterrupted(left.Status.Id, left.Call.Member);
                table.TryEnd(left.Status.Id, CallState.Interrupted);
            }
        }
    }

    /// <summary>What a call is doing, or what became of it.</summary>
    /// <exception cref="HostRefusal">None of that id is kept.</exception>
    public CallStatus Get(string id) => table.Find(id)?.Status ?? throw HostRefusal.NotFound(
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
    public void Sweep() => table.RemoveExpired();

    /// <summary>The host stops: what runs is left as it is, for the next one to find.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
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
    public void Dispose() => _slots.Dispose();

    private void Begin(string id)
    {
        var run = new DetachedRun(id, new CallEvents(folders.CallFile(id, "events")));
        _runs[id] = run;
        _ = Task.Run(() => RunAsync(run));
    }

    private async Task RunAsync(DetachedRun run)
    {
        try
        {
            await _slots.WaitAsync(run.Cancelled).ConfigureAwait(false);
            try
            {
                await carrier.CarryAsync(run).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception error) when (!_isStopping)
        {
            End(run, error);
        }
        catch (Exception)
        {
            // The next host finds it as the store has it: waiting, or interrupted.
        }
        finally
        {
            _runs.TryRemove(run.Id, out _);
            run.Dispose();
        }
    }

    private void End(DetachedRun run, Exception error)
    {
        try
        {
            if (run.CancelledBy is { } by)
            {
                table.TryEnd(run.Id, CallState.Cancelled, cancelledBy: by);
                LogCancelled(run.Id, by);
            }
            else
            {
                HostRefusal refusal = error as HostRefusal ?? new HostRefusal(StatusCodes.Status500InternalServerError, HostErrorCode.Failed, $"The host could not run call {run.Id}: {error.Message}");
                if (error is not HostRefusal)
                    LogFailed(run.Id, error);
                table.TryEnd(run.Id, CallState.Failed, CallOutcome.Refused, JsonSerializer.SerializeToUtf8Bytes(new HostError(refusal.Code, refusal.Message), ControlJson.Default.HostError));
            }
        }
        catch (Exception unkept)
        {
            LogNotKept(run.Id, unkept.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} is recorded")]
    private partial void LogRecorded(string id, string member);

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} runs again: a former host ended before it")]
    private partial void LogResumed(string id, string member);

    [LoggerMessage(LogLevel.Error, "What a former host has left of detached calls cannot be taken up: {Reason}")]
    private partial void LogNotResumed(string reason);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} is interrupted: a former host ended while it ran")]
    private partial void LogInterrupted(string id, string member);

    [LoggerMessage(LogLevel.Information, "Detached call {Id} was cancelled by {By}")]
    private partial void LogCancelled(string id, string by);

    [LoggerMessage(LogLevel.Error, "Detached call {Id} could not be run")]
    private partial void LogFailed(string id, Exception error);

    [LoggerMessage(LogLevel.Error, "The end of detached call {Id} could not be kept: {Reason}")]
    private partial void LogNotKept(string id, string reason);
}
