using System.Diagnostics;
using System.Security.Cryptography;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Machines;
using Runhouse.Host.Schedules;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>
/// The workers: one for each deployment that is in use, and for what its members need and each named process of it; a warm one that stands by; and the memory of those
/// that ended lately.
/// </summary>
internal sealed partial class WorkerPool(
    HostSettings settings,
    HostFolders folders,
    HostIdentity identity,
    NameRegistry names,
    ImageEnvironments environments,
    Accelerators accelerators,
    Capacity capacity,
    CapacityQueue queue,
    MemoryGroups groups,
    ScheduleBook schedules,
    LogFeed logs,
    TimeProvider time,
    ILogger<WorkerPool> log)
{
    /// <summary>How long a ticket is good; a worker is not drained while one may be on its way.</summary>
    public static readonly TimeSpan TicketLifetime = Ticket.DefaultLifetime;

    private const int EndedKept = 100;

    private static readonly TimeSpan FirstStandbyPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestStandbyPause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<WorkerKey, Start> _starts = [];
    private readonly Dictionary<string, Worker> _alive = new(StringComparer.Ordinal);
    private readonly Queue<Worker> _ended = new();
    private Worker? _standby;
    private long? _standbyEndedAt;
    private TimeSpan _standbyPause = FirstStandbyPause;
    private bool _stopping;

    public bool HasWork
    {
        get
        {
            lock (_gate)
                return _alive.Values.Any(static worker => worker.IsConnected || worker.State == WorkerState.Loading);
        }
    }

    /// <summary>Starts the worker that stands by, so that the next deployment finds a warm runtime.</summary>
    public void StartStandby()
    {
        lock (_gate)
        {
            if (_stopping || _standby is { HasEnded: false })
                return;

            try
            {
                _standby = StartProcess();
            }
            catch (Exception exception) when (exception is HostRefusal or System.ComponentModel.Win32Exception)
            {
                // Not an error yet: the caller who needs a worker gets it, with the reason.
                LogNoStandby(exception.Message);
            }
        }
    }

    /// <summary>The worker that serves a deployment; started when none does. Callers who ask for the same at once share one start.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="demand">What the caller asks for.</param>
    /// <param name="caller">Who it is.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The ticket for the worker, which is expected to be used.</returns>
    /// <exception cref="HostRefusal">The deployment did not start, there is no such environment, or what is needed is not to be had.</exception>
    public async Task<WorkerTicket> ConnectAsync(Deployment deployment, WorkerDemand demand, string caller, CancellationToken cancellationToken)
    {
        long asked = time.GetTimestamp();
        WorkerKey key = demand.KeyFor(deployment.Id);
        if (demand.Needs.Accelerators.Count > 0)
            await LearnDevicesAsync(key, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            Start start;
            CapacityWait? wait;
            lock (_gate)
            {
                if (_stopping)
                    throw HostRefusal.Stopping();

                if (demand.AcceptsChanges && FindChanged(key) is { } changed)
                    return Direct(changed, deployment, demand, caller);
                if (!_starts.TryGetValue(key, out start!) || !IsUsable(start))
                    _starts[key] = start = Begin(deployment, demand);
                wait = start.Wait is { Granted.IsCompleted: false } ? start.Wait : null;
                if (wait is not null)
                {
                    wait.Callers++;
                    wait.Detached += demand.WaitsForEver ? 1 : 0;
                }
            }

            if (wait is not null)
                await WaitAsync(wait, deployment, demand, asked, cancellationToken).ConfigureAwait(false);
            Worker worker = await start.Worker.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                if (IsUsable(start))
                    return Direct(worker, deployment, demand, caller);
            }
        }
    }

    /// <summary>A worker, also one that ended lately.</summary>
    /// <exception cref="HostRefusal">The host knows none of that id.</exception>
    public Worker Get(string id)
    {
        lock (_gate)
        {
            return _alive.GetValueOrDefault(id) ?? _ended.FirstOrDefault(worker => worker.Id == id)
                ?? throw HostRefusal.NotFound($"This host has no worker '{id}', nor did one of that id end lately. Connect to the deployment again.");
        }
    }

    /// <summary>A worker that runs; null when none of that id does.</summary>
    public Worker? Find(string id)
    {
        lock (_gate)
            return _alive.GetValueOrDefault(id);
    }

    /// <summary>The workers that serve: they may have calls in flight.</summary>
    public IReadOnlyList<Worker> Serving()
    {
        lock (_gate)
            return [.. _alive.Values.Where(static worker => worker.State is WorkerState.Serving or WorkerState.Draining)];
    }

    /// <summary>The ids of the deployments that workers run, or ran from since they started.</summary>
    public IReadOnlySet<string> Deployments()
    {
        lock (_gate)
            return _alive.Values.SelectMany(static worker => worker.Deployments).Select(static deployment => deployment.Id).ToHashSet(StringComparer.Ordinal);
    }

    public IReadOnlyList<WorkerStatus> Status()
    {
        lock (_gate)
            return [.. _ended.Concat(_alive.Values).Select(static worker => worker.Status())];
    }

    /// <summary>Ends workers that hang, and those that nobody uses: superseded ones soon, others after a while.</summary>
    /// <param name="period">How often this is called.</param>
    public void Sweep(TimeSpan period)
    {
        lock (_gate)
        {
            groups.HasKilledLately();
            MakeRoom();
            ReplaceStandby();
            foreach (Worker worker in _alive.Values)
            {
                if (settings.LifeTimeout is { } limit && worker.State is WorkerState.Standby or WorkerState.Serving or WorkerState.Draining)
                    worker.ObserveLife(period, limit);
                if (worker.State is not (WorkerState.Serving or WorkerState.Draining))
                    continue;

                TimeSpan idle = worker.ObserveIdle();
                TimeSpan patience = worker.IsSuperseded ? TicketLifetime : settings.WorkerIdleTimeout;
                if (worker.State == WorkerState.Serving && idle >= patience)
                    worker.Drain();
                else if (worker.State == WorkerState.Draining && idle >= patience + settings.StopTimeout)
                    worker.Kill();
            }
        }
    }

    /// <summary>Ends all workers.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            return Task.WhenAll(_alive.Values.Select(worker => worker.StopAsync(settings.StopTimeout)));
        }
    }

    // One that has ended without being needed. What ends it may end the next one too, which is not to cost a start each time.
    private void ReplaceStandby()
    {
        if (_standby is not { HasEnded: true } || _alive.Values.Any(static worker => worker.State is WorkerState.Starting or WorkerState.Loading))
            return;
        if (_standbyEndedAt is not { } endedAt)
        {
            _standbyEndedAt = time.GetTimestamp();
            _standbyPause = _standbyPause < LongestStandbyPause ? _standbyPause * 2 : LongestStandbyPause;
        }
        else if (time.GetElapsedTime(endedAt) >= _standbyPause)
        {
            _standbyEndedAt = null;
            StartStandby();
        }
    }

    private static bool IsUsable(Start start) => !start.Worker.IsCompleted
        || (start.Worker.IsCompletedSuccessfully && start.Worker.Result is { State: WorkerState.Serving, IsChanged: false });

    // Under the lock, so that nobody ends it before the caller comes.
    private WorkerTicket Direct(Worker worker, Deployment deployment, WorkerDemand demand, string caller)
    {
        demand.Check(worker);
        foreach (Worker other in _alive.Values)
        {
            // Of the same application for the same image: another image's worker is not an older version of this one.
            if (other.Deployment?.Manifest.Application == deployment.Manifest.Application && other.Environment?.Image == worker.Environment?.Image)
                other.IsSuperseded = (other.Deployment.Id, other.Environment?.Id) != (deployment.Id, worker.Environment?.Id);
        }

        return worker.GiveTicket(caller);
    }

    private async Task<Worker> StartAsync(Deployment deployment, WorkerDemand demand, ImageEnvironment? environment, Holding holding)
    {
        Worker worker = Take(demand, environment, holding);
        worker.Load(deployment, environment, folders.SocketOf(worker.Id), identity.Name, settings);
        if (_announced is { } end)
            worker.Send(end);
        string? problem;
        try
        {
            problem = await worker.Served.WaitAsync(settings.StartTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            problem = $"it did not serve within {settings.StartTimeout.TotalSeconds:0} s";
        }

        HostRefusal? refusal = problem is null ? schedules.Declare(deployment, worker) : null;
        if (problem is not null || refusal is not null)
            await worker.StopAsync(settings.StopTimeout).ConfigureAwait(false);

        // Only now: while it loaded, a second start would have taken its processor time.
        StartStandby();
        if (refusal is not null)
        {
            LogDidNotStart(deployment.Id, deployment.Manifest.Application, refusal.Message);
            throw refusal;
        }

        if (problem is null)
        {
            LogServing(worker.Id, worker.ProcessId, deployment.Id, deployment.Manifest.Application);
            return worker;
        }

        LogDidNotStart(deployment.Id, deployment.Manifest.Application, problem);
        string output = string.Join('\n', worker.LastOutput.TakeLast(20));
        throw HostRefusal.DidNotStart(
            worker.Status(),
            $"Deployment {deployment.Id[..12]} of '{deployment.Manifest.Application}' did not start: {problem.TrimEnd('.')}. Correct it and deploy again; all of the worker's output is in {worker.OutputPath} on the host."
            + (output.Length > 0 ? $"\nIts last output:\n{output}" : ""));
    }

    private Worker Take(WorkerDemand demand, ImageEnvironment? environment, Holding holding)
    {
        lock (_gate)
        {
            try
            {
                if (_stopping)
                    throw HostRefusal.Stopping();

                Worker? worker = null;
                if (environment is { IsForStart: true } || ImageEnvironment.AreForStart(demand.Variables.Keys))
                {
                    // The one that stands by has read what it reads once.
                    worker = StartProcess([.. environment?.Variables ?? new Dictionary<string, string>(), .. demand.Variables]);
                }
                else
                {
                    (worker, _standby) = (_standby, null);
                    (_standbyEndedAt, _standbyPause) = (null, FirstStandbyPause);
                    if (worker is null or { HasEnded: true })
                        worker = StartProcess();
                }

                worker.Assign(demand, holding, groups, settings.MemoryShareBytes);
                return worker;
            }
            catch
            {
                queue.Return(holding);
                throw;
            }
        }
    }

    private Worker StartProcess(IEnumerable<KeyValuePair<string, string>>? variables = null)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        WorkerProgram program = WorkerProgram.Find(settings.WorkerDirectory, isEndedByHost: settings.EndNotice is not null);
        ProcessStartInfo start = program.CreateStart(folders.Home);
        foreach ((string name, string value) in variables ?? [])
            start.Environment[name] = value;
        Worker worker = Worker.Start(id, start, logs.Open(id, folders.LogOf(id)), names, time, log);
        worker.LoadChanged += OnLoadChanged;
        _alive.Add(id, worker);
        _ = ForgetAsync(worker);
        return worker;
    }

    private async Task ForgetAsync(Worker worker)
    {
        try
        {
            await worker.Ended.ConfigureAwait(false);
            logs.Close(worker.Id);
        }
        catch (Exception exception)
        {
            LogEndFailed(worker.Id, exception.Message);
        }
        finally
        {
            IReadOnlySet<string> alive;
            lock (_gate)
            {
                RemoveStarts(worker);
                _alive.Remove(worker.Id);
                queue.Return(worker.Holding);
                MakeRoom();
                _ended.Enqueue(worker);
                if (_ended.Count > EndedKept)
                    _ended.Dequeue();
                alive = _alive.Keys.ToHashSet(StringComparer.Ordinal);
            }

            RemoveOldLogs(alive);
        }
    }

    private void RemoveStarts(Worker worker)
    {
        foreach ((WorkerKey key, Start start) in _starts)
        {
            if (start.Worker.IsCompletedSuccessfully && start.Worker.Result == worker)
                _starts.Remove(key);
        }
    }

    private void RemoveOldLogs(IReadOnlySet<string> alive)
    {
        try
        {
            folders.RemoveOldLogs(alive);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogLogsStay(exception.Message);
        }
    }

    /// <summary>A worker that starts, or has started.</summary>
    /// <param name="Worker">The worker, once it serves.</param>
    /// <param name="Wait">Its wait for what it needs; null when it needs nothing in particular.</param>
    private sealed record Start(Task<Worker> Worker, CapacityWait? Wait);

    [LoggerMessage(LogLevel.Information, "Worker {Id} (process {ProcessId}) serves deployment {Deployment} of {Application}")]
    private partial void LogServing(string id, int processId, string deployment, string application);

    [LoggerMessage(LogLevel.Warning, "Deployment {Deployment} of {Application} did not start: {Reason}")]
    private partial void LogDidNotStart(string deployment, string application, string reason);

    [LoggerMessage(LogLevel.Warning, "Old logs of workers stay: {Reason}")]
    private partial void LogLogsStay(string reason);

    [LoggerMessage(LogLevel.Error, "The end of worker {Id} was not dealt with in full ({Reason}); what it held is free all the same")]
    private partial void LogEndFailed(string id, string reason);

    [LoggerMessage(LogLevel.Warning, "No worker stands by: {Reason}")]
    private partial void LogNoStandby(string reason);
}
