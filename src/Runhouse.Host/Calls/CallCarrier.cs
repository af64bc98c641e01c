using System.Net.Sockets;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Objects;
using Runhouse.Host.Storage;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Calls;

/// <summary>Carries a recorded call to its worker, and what comes of it back to the store. Nothing here knows a type.</summary>
internal sealed partial class CallCarrier(
    CallTable table,
    StoreWrites writes,
    WorkerPool workers,
    DeploymentStore deployments,
    CurrentVersions versions,
    ImageEnvironments environments,
    NameRegistry names,
    ObjectPlacement placement,
    HostSettings settings,
    TimeProvider time,
    ILogger<CallCarrier> log) : IDisposable
{
    /// <summary>A worker may end between being found and being reached; the next one is another.</summary>
    private const int MaxConnects = 3;

    /// <summary>How often a worker may have no room for a call before that is its outcome: some two minutes.</summary>
    private const int MaxRefusals = 11;

    /// <summary>The process of a worker whose connection breaks is about to end.</summary>
    private static readonly TimeSpan WaitForEnd = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _slots = new(settings.MaxDetached);

    /// <summary>The application that a call is of; null when its deployment is not here.</summary>
    public string? ApplicationOf(DetachedCall call) => call.Deployment is { } id ? deployments.Find(id)?.Manifest.Application : null;

    /// <summary>Looks whether a call can be run here at all, and says of it what the next host needs to know.</summary>
    /// <param name="call">The call, as its caller describes it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostRefusal">The deployment or the environment is not here, or the machine lacks what the call needs.</exception>
    public async Task<DetachedCall> PlaceAsync(DetachedCall call, CancellationToken cancellationToken)
    {
        if (call.Worker is { } worker)
            return call with { Deployment = workers.Find(worker)?.Deployment?.Id, Image = null };
        Deployment deployment = DeploymentOf(call);
        WorkerDemand demand = WorkerDemand.Read(call, settings);
        await workers.CheckAsync(deployment, demand, cancellationToken).ConfigureAwait(false);

        // An environment ends with this host, and gets another id at the next one.
        return call with
        {
            Place = call.Place is { } place ? place with { Environment = null } : null,
            Image = demand.Environment is { } environment ? environments.Get(environment).Image : null,
        };
    }

    /// <summary>Runs a call until it ends; null when it had ended.</summary>
    /// <param name="run">The call.</param>
    /// <exception cref="HostRefusal">It cannot be run.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<CallEnd?> CarryAsync(DetachedRun run)
    {
        StoredCall stored = table.Find(run.Id) ?? throw new InvalidOperationException($"Call {run.Id} is not in the store.");
        DetachedCall call = stored.Call;
        string? current = run.IsResumed || ApplicationOf(call) is not { } application ? null : versions.Of(application).Current;
        if (stored.Status.State == CallState.Running)
            await WaitAgainAsync(run).ConfigureAwait(false);

        // An object ends with its worker: there is nothing that could be called again.
        int losses = call is { IsIdempotent: true, ObjectId: 0 } ? call.Retries : 0;
        int refusals = MaxRefusals;
        var backoff = new Backoff(time);
        while (true)
        {
            CallEnd? end = await CarryOnceAsync(run, call, current).ConfigureAwait(false);
            if (end is { Kind: CallOutcome.WorkerLost } && losses-- > 0)
            {
                LogAgain(run.Id, call.Member);
            }
            else if (end is { IsRefusal: true } && refusals-- > 0)
            {
                LogNoRoom(run.Id, call.Member);
                await WaitAgainAsync(run).ConfigureAwait(false);
            }
            else
            {
                return end;
            }

            end.Dispose();
            await backoff.WaitAsync(run.Cancelled).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private Task<bool> WaitAgainAsync(DetachedRun run) => writes.InsistAsync(run.Id, () => table.TryWait(run.Id), run.Cancelled);

    private async Task<CallEnd?> CarryOnceAsync(DetachedRun run, DetachedCall call, string? current)
    {
        for (int attempt = 1; ;)
        {
            (WorkerTicket ticket, ulong objectId) = await FindAsync(run, call, current).ConfigureAwait(false);
            Worker worker = ticket.Worker;

            // Behind the search for a worker: what waits for that holds up nobody whose worker is there. Calls of objects take no place at all, since their object may
            // go before they are in its worker, which has a limit of its own.
            bool hasSlot = objectId == 0;
            if (hasSlot)
                await _slots.WaitAsync(run.Cancelled).ConfigureAwait(false);
            try
            {
                if (hasSlot && worker.State != WorkerState.Serving)
                    continue;
                ClientConnection connection;
                try
                {
                    connection = await ConnectAsync(ticket.ExpiresAt > time.GetUtcNow() ? ticket : worker.GiveTicket(LiveCalls.OwnCaller), run).ConfigureAwait(false);
                }
                catch (Exception error) when (error is SocketException or HostUnreachableException or CredentialsException or WorkerLostException)
                {
                    if (attempt++ == MaxConnects || (call.ObjectId != 0 && !(call.ObjectName is { } name && names.Keeps(name, call.ObjectId))))
                        throw new HostRefusal(StatusCodes.Status503ServiceUnavailable, HostErrorCode.WorkerGone, $"Worker {worker.Id} could not be reached for call {run.Id}: {error.Message}");

                    // One that has just been killed refuses before its host knows of its end, and would be found again.
                    await Task.WhenAny(worker.Ended, Task.Delay(WaitForEnd, time, run.Cancelled)).ConfigureAwait(false);
                    continue;
                }

                await using (connection.ConfigureAwait(false))
                    return await CarryInAsync(run, call, worker, objectId, connection).ConfigureAwait(false);
            }
            finally
            {
                if (hasSlot)
                    _slots.Release();
            }
        }
    }

    private async Task<CallEnd?> CarryInAsync(DetachedRun run, DetachedCall call, Worker worker, ulong objectId, ClientConnection connection)
    {
        byte[] arguments = table.Arguments(run.Id);
        if (!await writes.InsistAsync(run.Id, () => table.TryStart(run.Id, worker.Id), run.Cancelled).ConfigureAwait(false))
            return null;
        try
        {
            CarriedCall carried = CarriedCall.Send(
                connection, call.MethodId, call.Member, objectId, arguments, call.Receivers, (receiver, report) => run.Events.Add(Report(receiver, report.ToArray())));
            using CancellationTokenRegistration cancelling = run.Cancelled.Register(carried.Cancel);
            if (objectId != 0)
                await EnterAsync(run, connection).ConfigureAwait(false);
            return CallEnd.Of(await carried.Outcome.ConfigureAwait(false), settings.Limits);
        }
        catch (OverloadedException error)
        {
            return CallEnd.Overloaded(error);
        }
        catch (WorkerLostException) when (!run.Cancelled.IsCancellationRequested)
        {
            LogLost(run.Id, call.Member, worker.Id);
            return CallEnd.Lost(await FateAsync(worker).ConfigureAwait(false));
        }
    }

    // Frames are taken in order: what answers this release of nothing has taken the call.
    private static async Task EnterAsync(DetachedRun run, ClientConnection connection)
    {
        try
        {
            await connection.ReleaseAsync(0, delete: false, run.Cancelled).ConfigureAwait(false);
        }
        catch (RemoteException)
        {
            // What is wrong with the connection is wrong with the call, whose outcome says it, unless that came before.
        }

        run.Enter();
    }

    private Deployment DeploymentOf(DetachedCall call) => (call.Deployment is { } id ? deployments.Use(id) : null)
        ?? throw HostRefusal.NotFound($"This host no longer has deployment {call.Deployment}, in which {call.Member} was to run. Call again, which deploys it.");

    private async Task<(WorkerTicket Ticket, ulong ObjectId)> FindAsync(DetachedRun run, DetachedCall call, string? current)
    {
        if (call.ObjectId != 0)
        {
            // Wherever it is by now: it comes back if its worker has ended.
            while (call.ObjectName is { } kept && names.Keeps(kept, call.ObjectId))
            {
                if (await FindInImageAsync(run, kept).ConfigureAwait(false) is { } found)
                    return (found.Worker!.GiveTicket(LiveCalls.OwnCaller), found.ObjectId);
            }

            if (call.Worker is { } id && workers.Find(id) is { } holder)
                return (holder.GiveTicket(LiveCalls.OwnCaller), call.ObjectId);

            // Of another host than before: an object of that name may be here again.
            if (call.ObjectName is not { } name)
                throw HostRefusal.NotFound($"The remote object of {call.Member} was in worker {call.Worker}, which has ended. Make another one, and give it a name to find it again.");
            NamedObject? named;
            do
                named = await FindInImageAsync(run, name).ConfigureAwait(false);
            while (named is null);
            return (named.Worker!.GiveTicket(LiveCalls.OwnCaller), named.ObjectId);
        }

        while (true)
        {
            WorkerDemand demand = WorkerDemand.Read(call, settings) with { Environment = call.Image is { } image ? await EnvironmentOfAsync(run, image).ConfigureAwait(false) : null };
            Deployment deployment = DeploymentOf(call);
            try
            {
                WorkerTicket ticket = await workers.ConnectAsync(deployment, demand, LiveCalls.OwnCaller, run.Cancelled).ConfigureAwait(false);

                // It may have waited for days: what was deployed meanwhile stays current.
                versions.Add(deployment, behind: current);
                return (ticket, 0);
            }
            catch (HostRefusal refusal) when (refusal.Code == HostErrorCode.NoEnvironment && call.Image is not null)
            {
                // Another image was applied under that name just now: the call runs in that one.
            }
        }
    }

    // Null when the object's image had to be waited for: what there was of the object may be gone by now.
    private async Task<NamedObject?> FindInImageAsync(DetachedRun run, string name)
    {
        try
        {
            return await placement.FindAsync(name, ObjectCaller.Tool, run.Cancelled).ConfigureAwait(false);
        }
        catch (HostRefusal refusal) when (refusal.Code == HostErrorCode.NoEnvironment && names.Find(name)?.Stored.Image is { } image)
        {
            await EnvironmentOfAsync(run, image).ConfigureAwait(false);
            return null;
        }
    }

    private async Task<string> EnvironmentOfAsync(DetachedRun run, string image)
    {
        Task<ImageEnvironment> applied = environments.WaitForAsync(image, run.Cancelled);
        if (!applied.IsCompleted)
        {
            LogNoEnvironment(run.Id, image);
            run.WaitForImage();
        }

        try
        {
            return (await applied.ConfigureAwait(false)).Id;
        }
        finally
        {
            run.GoOn();
        }
    }

    private async Task<ClientConnection> ConnectAsync(WorkerTicket ticket, DetachedRun run)
    {
        Worker worker = ticket.Worker;
        SocketTransport transport = await SocketTransport.ConnectAsync(new UnixDomainSocketEndPoint(worker.SocketPath), run.Cancelled).ConfigureAwait(false);
        return await ClientConnection.ConnectAsync(
            transport,
            new ClientHandshake(ticket.Bytes),
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

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} runs again: its worker ended before it")]
    private partial void LogAgain(string id, string member);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} is made again after a pause: its worker has no room for it")]
    private partial void LogNoRoom(string id, string member);

    [LoggerMessage(LogLevel.Information, "Detached call {Id} waits until image {Image} is applied again")]
    private partial void LogNoEnvironment(string id, string image);

    [LoggerMessage(LogLevel.Warning, "Detached call {Id} of {Member} went with worker {Worker}")]
    private partial void LogLost(string id, string member, string worker);
}
