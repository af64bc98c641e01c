using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Client.Spawning;
using Runhouse.Runtime.Clusters;

namespace Runhouse;

/// <summary>
/// A detached call: it goes on without the program that made it. Its host keeps what became of it, also over the host's own end, until its retention is over. Whoever
/// knows the id asks for it, in any process; the host is started for that if it does not run.
/// </summary>
public class RemoteCall
{
    /// <summary>How long a host holds back the answer while the call runs; then it is asked again.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly SpawnedCall _spawned;

    internal RemoteCall(SpawnedCall spawned) => _spawned = spawned;

    /// <summary>The call's id, by which other programs find it (<see cref="FromId"/>, <c>runhouse result</c>).</summary>
    public string Id => _spawned.Id;

    /// <summary>A call that some program has made.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cluster">The cluster where it was made; null for the one that the configuration names.</param>
    /// <exception cref="ArgumentException">It is no id of a detached call.</exception>
    public static RemoteCall FromId(string id, Cluster? cluster = null) => new(SpawnedCall.Of(id, cluster));

    /// <summary>A call with a result that some program has made.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="id">Its id.</param>
    /// <param name="cluster">The cluster where it was made; null for the one that the configuration names.</param>
    /// <exception cref="ArgumentException">It is no id of a detached call.</exception>
    public static RemoteCall<T> FromId<T>(string id, Cluster? cluster = null) => new(SpawnedCall.Of(id, cluster));

    /// <summary>What the call is doing, or what became of it.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The host keeps no such call.</exception>
    /// <exception cref="OutcomeUnknownException">The leased machine that kept it is gone.</exception>
    public Task<CallStatus> StatusAsync(CancellationToken cancellationToken = default)
        => _spawned.Cluster().AtRecordAsync(Id, (host, token) => HostCalls.GetAsync(host, Id, TimeSpan.Zero, token), cancellationToken);

    /// <summary>Waits for the call's end. Whoever stops waiting does not stop the call.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The host keeps no such call.</exception>
    /// <exception cref="CallCancelledException">Somebody cancelled the call.</exception>
    /// <exception cref="OutcomeUnknownException">The host ended while the call ran: it is interrupted, and may have run to its end, or in part; or a leased machine ended with all that it kept.</exception>
    /// <exception cref="WorkerLostException">The worker ended while the call ran.</exception>
    public Task WaitAsync(CancellationToken cancellationToken = default) => OutcomeAsync(cancellationToken);

    /// <summary>
    /// The call's result as JSON, once it has ended: for tools, which were built without its types. Members have their names; what is not text, number or list is as the
    /// wire has it. Null where there is no result.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="WaitAsync" path="/exception"/>
    public async Task<JsonElement?> ResultJsonAsync(CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> outcome = await OutcomeAsync(cancellationToken).ConfigureAwait(false);
        return outcome.IsEmpty ? null : StoredValues.Read(outcome, JsonValues.Read, Limits);
    }

    /// <summary>Cancels the call. What it has done by then stays done.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The call has ended, or the host keeps no such call.</exception>
    public Task CancelAsync(CancellationToken cancellationToken = default) => _spawned.Cluster().AtRecordAsync(
        Id,
        async (host, token) =>
        {
            await HostCalls.CancelAsync(host, Id, token).ConfigureAwait(false);
            return host;
        },
        cancellationToken);

    /// <summary>The lines that the call has written, in order; the host keeps the last 8 MiB of lines and reports at least.</summary>
    /// <param name="follow">Whether to go on with those that come, until the call has ended.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RemoteNotFoundException">The host keeps no such call.</exception>
    public async IAsyncEnumerable<CallEvent> LogsAsync(bool follow = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (CallEvent one in EventsAsync(follow, cancellationToken).ConfigureAwait(false))
        {
            if (one.Line is not null)
                yield return one;
        }
    }

    /// <summary>What the call has reported, in order, to the argument that receives progress; the host keeps the last 8 MiB of lines and reports at least.</summary>
    /// <typeparam name="TReport">The type of the reports.</typeparam>
    /// <param name="follow">Whether to go on with those that come, until the call has ended.</param>
    /// <param name="receiver">Of several such arguments, which, from 1.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RemoteNotFoundException">The host keeps no such call.</exception>
    public async IAsyncEnumerable<TReport> ReportsAsync<TReport>(bool follow = false, int receiver = 1, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        WireRead<TReport> read = StoredValues.Reader<TReport>();
        await foreach (CallEvent one in EventsAsync(follow, cancellationToken).ConfigureAwait(false))
        {
            if (one.Report is { } report && one.Receiver == receiver)
                yield return StoredValues.Read(report, read, Limits);
        }
    }

    private protected static WireLimits Limits => RunhouseRuntime.Current.Options.Limits;

    /// <summary>The bytes of the result, or the call's error.</summary>
    private protected async Task<ReadOnlyMemory<byte>> OutcomeAsync(CancellationToken cancellationToken)
    {
        CallStatus status = await EndAsync(cancellationToken).ConfigureAwait(false);
        return status.State switch
        {
            CallState.Cancelled => throw new CallCancelledException(
                $"Call {Id} of {status.Member} was cancelled by {status.CancelledBy}. Ask there for the reason before you call again.")
            {
                CancelledBy = status.CancelledBy ?? "",
            },
            CallState.Interrupted => throw new OutcomeUnknownException(
                $"Call {Id} of {status.Member} was interrupted: its host ended while it ran, so that it may have run in part. Find out what it has done and call again; a member that may run twice is run again by itself when it is marked so ([Remote(Idempotent = true)])."),
            _ => await _spawned.Cluster().AtRecordAsync(Id, (host, token) => HostCalls.OutcomeAsync(host, Id, Limits, token), cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<CallStatus> EndAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task delivering = DeliverAsync(ending.Token);
        try
        {
            BrokenWay way = Way();
            CallStatus? status = null;
            while (true)
            {
                long asked = Stopwatch.GetTimestamp();
                try
                {
                    status = await _spawned.Cluster().AtRecordAsync(Id, (host, token) => HostCalls.GetAsync(host, Id, LongestWait, token), cancellationToken).ConfigureAwait(false);
                }
                catch (HostUnreachableException e)
                {
                    if (!await way.TryWaitAsync(e, asked, cancellationToken).ConfigureAwait(false))
                        throw;
                    continue;
                }
                catch (RemoteNotFoundException e) when (status is not null)
                {
                    throw new OutcomeUnknownException($"Call {Id} of {status.Member} was there, and what became of it is not known: {e.Message}", e);
                }

                way.OnAnswer();
                if (IsOver(status))
                {
                    await DeliveredAsync(delivering).ConfigureAwait(false);
                    return status;
                }

                // A host that does not hold its answer back has a reason, and is not asked again and again for it.
                if (Stopwatch.GetElapsedTime(asked) < LongestWait)
                    await Task.Delay(BrokenWay.Pause, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            // Whoever waits no longer gets no more reports, and one error.
            await ending.CancelAsync().ConfigureAwait(false);
            await delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static bool IsOver(CallStatus status) => status.State is not (CallState.Waiting or CallState.Running);

    private static BrokenWay Way() => new(TimeSpan.FromSeconds(Limits.SessionGraceSeconds), TimeProvider.System);

    // The outcome is kept, whatever became of the reports on their way here.
    private async Task DeliveredAsync(Task delivering)
    {
        try
        {
            await delivering.ConfigureAwait(false);
        }
        catch (HostUnreachableException e)
        {
            RunhouseRuntime.Current.Clusters!.Output.Warn(
                $"Reports of call {Id} did not arrive: {e.Message} Its result has; the host keeps the reports (RemoteCall.ReportsAsync).", TimeProvider.System);
        }
    }

    // The receivers that were passed when the call was made get its reports while this program waits.
    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        if (_spawned.Receivers.Count == 0)
            return;
        await foreach (CallEvent one in EventsAsync(follow: true, cancellationToken).ConfigureAwait(false))
        {
            if (one.Report is { } report)
                _spawned.Receivers.FirstOrDefault(receiver => receiver.Index == one.Receiver)?.Deliver(report);
        }
    }

    private async IAsyncEnumerable<CallEvent> EventsAsync(bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long last = 0;
        BrokenWay way = Way();
        while (true)
        {
            long asked = Stopwatch.GetTimestamp();
            IAsyncEnumerator<CallEvent> events = FromHostAsync(last, follow, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (events.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await events.MoveNextAsync().ConfigureAwait(false))
                        {
                            // A host that stops ends them in good order, and the next one goes on.
                            if (!follow || IsOver(await StatusAsync(cancellationToken).ConfigureAwait(false)))
                                yield break;
                            break;
                        }
                    }
                    catch (HostUnreachableException e)
                    {
                        // The host ended, or the way to it broke: the next one has what it had.
                        if (!await way.TryWaitAsync(e, asked, cancellationToken).ConfigureAwait(false))
                            throw;
                        break;
                    }

                    way.OnAnswer();
                    last = events.Current.Number;
                    yield return events.Current;
                }
            }
        }
    }

    private async IAsyncEnumerable<CallEvent> FromHostAsync(long after, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HostClient host = await _spawned.Cluster().AtRecordAsync(Id, static (host, _) => Task.FromResult(host), cancellationToken).ConfigureAwait(false);
        await foreach (CallEvent one in HostCalls.EventsAsync(host, Id, after, follow, cancellationToken).ConfigureAwait(false))
            yield return one;
    }
}
