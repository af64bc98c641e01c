using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Calls;

/// <summary>Carries a recorded call to its worker, and what comes of it back to the store. Nothing here knows a type.</summary>
internal sealed partial class CallCarrier(
    CallTable table, WorkerPool workers, DeploymentStore deployments, NameRegistry names, HostSettings settings, TimeProvider time, ILogger<CallCarrier> log)
{
    /// <summary>A worker may end between being found and being reached; the next one is another.</summary>
    private const int MaxConnects = 3;

    /// <summary>The process of a worker whose connection breaks is about to end.</summary>
    private static readonly TimeSpan WaitForEnd = TimeSpan.FromSeconds(5);

    /// <summary>The application that a call is of; null when its deployment is not here.</summary>
    public string? ApplicationOf(DetachedCall call) => call.Deployment is { } id ? deployments.Find(id)?.Manifest.Application : null;

    /// <summary>Runs a call to its end, and keeps its outcome.</summary>
    /// <param name="run">The call.</param>
    /// <exception cref="HostRefusal">It cannot be run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task CarryAsync(DetachedRun run)
    {
        DetachedCall call = table.Find(run.Id)?.Call ?? throw new InvalidOperationException($"Call {run.Id} is not in the store.");
        for (int retries = call.IsIdempotent ? call.Retries : 0; !await TryCarryAsync(run, call, isLast: retries == 0).ConfigureAwait(false); retries--)
            LogAgain(run.Id, call.Member);
    }

    /// <summary>Runs the call once; false when its worker has ended with it, and this is not the last attempt.</summary>
    private async Task<bool> TryCarryAsync(DetachedRun run, DetachedCall call, bool isLast)
    {
        (Worker worker, ulong objectId, ClientConnection connection) = await ReachAsync(run, call).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            byte[] arguments = table.Arguments(run.Id);
            if (!table.TryStart(run.Id, worker.Id))
                return true;
            CarriedCall carried = CarriedCall.Send(
                connection, call.MethodId, call.Member, objectId, arguments, call.Receivers, (receiver, report) => run.Events.Add(Report(receiver, report.ToArray())));
            using CancellationTokenRegistration cancelling = run.Cancelled.Register(carried.Cancel);
            if (objectId != 0)
            {
                // Frames are taken in order: what answers this release of nothing has taken the call.
                await connection.ReleaseAsync(0, delete: false, run.Cancelled).ConfigureAwait(false);
            }

            run.Enter();
            try
            {
                using CarriedOutcome outcome = await carried.Outcome.ConfigureAwait(false);
                run.Events.Dispose();
                table.TryEnd(run.Id, outcome.IsError ? CallState.Failed : CallState.Completed, outcome.IsError ? CallOutcome.Error : CallOutcome.Result, outcome.Body.Span);
                LogEnded(run.Id, call.Member);
            }
            catch (WorkerLostException) when (!run.Cancelled.IsCancellationRequested)
            {
                WorkerStatus fate = await FateAsync(worker).ConfigureAwait(false);
                if (!isLast)
                    return false;
                run.Events.Dispose();
                table.TryEnd(run.Id, CallState.Failed, CallOutcome.WorkerLost, JsonSerializer.SerializeToUtf8Bytes(fate, ControlJson.Default.WorkerStatus));
                LogLost(run.Id, call.Member, worker.Id);
            }

            return true;
        }
    }

    private async Task<(Worker Worker, ulong ObjectId, ClientConnection Connection)> ReachAsync(DetachedRun run, DetachedCall call)
    {
        for (int attempt = 1; ; attempt++)
        {
            (Worker worker, ulong objectId) = await FindAsync(call, run.Cancelled).ConfigureAwait(false);
            worker.Touch();
            try
            {
                return (worker, objectId, await ConnectAsync(worker, run).ConfigureAwait(false));
            }
            catch (Exception error) when (error is SocketException or HostUnreachableException or CredentialsException)
            {
                if (attempt == MaxConnects || call.ObjectId != 0)
                    throw new HostRefusal(StatusCodes.Status503ServiceUnavailable, HostErrorCode.WorkerGone, $"Worker {worker.Id} could not be reached for call {run.Id}: {error.Message}");
            }
        }
    }

    private async Task<(Worker Worker, ulong ObjectId)> FindAsync(DetachedCall call, CancellationToken cancellationToken)
    {
        if (call.ObjectId != 0)
        {
            if (call.Worker is { } id && workers.Find(id) is { } holder)
                return (holder, call.ObjectId);

            // Of another host than before: an object of that name may be here again.
            if (call.ObjectName is not { } name)
                throw HostRefusal.NotFound($"The remote object of {call.Member} was in worker {call.Worker}, which has ended. Make another one, and give it a name to find it again.");
            NamedObject named = names.Get(name);
            return (named.Worker, named.ObjectId);
        }

        Deployment deployment = (call.Deployment is { } wanted ? deployments.Find(wanted) : null)
            ?? throw HostRefusal.NotFound($"This host no longer has deployment {call.Deployment}, in which {call.Member} was to run. Call again, which deploys it.");
        deployments.Use(deployment.Id);
        return (await workers.ConnectAsync(deployment, call.Place is { } place ? WorkerDemand.Read(place, settings) : WorkerDemand.None, cancellationToken).ConfigureAwait(false), 0);
    }

    private async Task<ClientConnection> ConnectAsync(Worker worker, DetachedRun run)
    {
        SocketTransport transport = await SocketTransport.ConnectAsync(new UnixDomainSocketEndPoint(worker.SocketPath), run.Cancelled).ConfigureAwait(false);
        byte[] ticket = Ticket.Mint(worker.TicketKey, time.GetUtcNow() + WorkerPool.TicketLifetime);
        worker.Holders.Add(Ticket.NonceOf(ticket), LiveCalls.OwnCaller);
        return await ClientConnection.ConnectAsync(
            transport,
            new ClientHandshake(ticket),
            new ClientConnectionOptions { Limits = settings.Limits, Log = line => OnLine(run, worker, line), TimeProvider = time },
            run.Cancelled).ConfigureAwait(false);
    }

    // Lines of the worker as a whole are in its log. What is kept has no secrets in it, whoever may read it.
    private static void OnLine(DetachedRun run, Worker worker, LogRecord line)
    {
        if (line.CallId != 0)
        {
            run.Events.Add(number => new CallEvent
            {
                Number = number,
                Time = line.Time,
                Line = worker.Environment?.Redactor?.Redact(line.Text) ?? line.Text,
                Level = line.Level,
                Category = line.Category.Length == 0 ? null : line.Category,
            });
        }
    }

    private Func<long, CallEvent> Report(byte receiver, byte[] report)
        => number => new CallEvent { Number = number, Time = time.GetUtcNow(), Report = report, Receiver = receiver };

    private async Task<WorkerStatus> FateAsync(Worker worker)
    {
        try
        {
            await worker.Ended.WaitAsync(WaitForEnd, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its status says that it runs, and whoever asks is told that the outcome is not known.
        }

        return worker.Status();
    }

    [LoggerMessage(LogLevel.Information, "Detached call {Id} of {Member} has ended")]
    private partial void LogEnded(string id, string member);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} runs again: its worker ended before it")]
    private partial void LogAgain(string id, string member);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} went with worker {Worker}")]
    private partial void LogLost(string id, string member, string worker);
}
