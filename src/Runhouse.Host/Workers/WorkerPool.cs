using System.Diagnostics;
using System.Security.Cryptography;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>The workers: one per deployment that is in use, a warm one that stands by, and the memory of those that ended lately.</summary>
internal sealed partial class WorkerPool(
    HostSettings settings,
    HostFolders folders,
    HostIdentity identity,
    NameRegistry names,
    ImageEnvironments environments,
    LogFeed logs,
    TimeProvider time,
    ILogger<WorkerPool> log)
{
    /// <summary>How long a ticket is good; a worker is not drained while one may be on its way.</summary>
    public static readonly TimeSpan TicketLifetime = Ticket.DefaultLifetime;

    private const int EndedKept = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Deployment, string? Environment), Task<Worker>> _byDeployment = [];
    private readonly Dictionary<string, Worker> _alive = new(StringComparer.Ordinal);
    private readonly Queue<Worker> _ended = new();
    private Worker? _standby;
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
            if (_stopping || _standby is { State: not WorkerState.Ended })
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

    /// <summary>The worker that serves a deployment; started when none does. Callers who ask at once share one start.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="environment">The id of the image's environment that it runs in; another one is another worker. Null for none.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostRefusal">The deployment did not start, or there is no such environment.</exception>
    public async Task<Worker> ConnectAsync(Deployment deployment, string? environment, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<Worker> starting;
            lock (_gate)
            {
                if (_stopping)
                    throw HostRefusal.Stopping();

                if (!_byDeployment.TryGetValue((deployment.Id, environment), out starting!) || !IsUsable(starting))
                {
                    ImageEnvironment? variables = environment is null ? null : environments.Get(environment);
                    _byDeployment[(deployment.Id, environment)] = starting = Task.Run(() => StartAsync(deployment, variables), CancellationToken.None);
                }
            }

            Worker worker = await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                if (!IsUsable(starting))
                    continue;

                worker.Touch();
                foreach (Worker other in _alive.Values)
                {
                    // Of the same application for the same image: another image's worker is not an older version of this one.
                    if (other.Deployment?.Manifest.Application == deployment.Manifest.Application && other.Environment?.Image == worker.Environment?.Image)
                        other.IsSuperseded = other != worker;
                }

                return worker;
            }
        }
    }

    /// <summary>The workers that serve a deployment, in whichever environments.</summary>
    public IReadOnlyList<Worker> Of(string deployment)
    {
        lock (_gate)
        {
            return
            [
                .. _byDeployment.Where(one => one.Key.Deployment == deployment && one.Value.IsCompletedSuccessfully && IsUsable(one.Value)).Select(static one => one.Value.Result),
            ];
        }
    }

    /// <summary>Has workers whose patches amount to a deployment count as its workers: its callers come to them, and those of the former one no more.</summary>
    /// <param name="former">The id of the deployment that they count as until now.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="patches">How many patches that takes; workers that have others are left alone.</param>
    public IReadOnlyList<Worker> Adopt(string former, Deployment deployment, int patches)
    {
        var adopted = new List<Worker>();
        lock (_gate)
        {
            foreach (((string Deployment, string? Environment) key, Task<Worker> starting) in _byDeployment.Where(one => one.Key.Deployment == former).ToArray())
            {
                (string, string?) next = (deployment.Id, key.Environment);
                bool isServed = _byDeployment.TryGetValue(next, out Task<Worker>? other) && IsUsable(other);
                if (!starting.IsCompletedSuccessfully || !IsUsable(starting) || starting.Result.PatchCount != patches || isServed)
                    continue;
                _byDeployment.Remove(key);
                _byDeployment[next] = starting;
                starting.Result.Become(deployment);
                adopted.Add(starting.Result);
            }
        }

        return adopted;
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

    /// <summary>Ends workers that nobody uses: superseded ones soon, others after a while.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            foreach (Worker worker in _alive.Values)
            {
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

    private static bool IsUsable(Task<Worker> starting) => !starting.IsCompleted
        || (starting.IsCompletedSuccessfully && starting.Result.State == WorkerState.Serving);

    private async Task<Worker> StartAsync(Deployment deployment, ImageEnvironment? environment)
    {
        Worker worker = Take(environment);
        worker.Load(deployment, environment, folders.SocketOf(worker.Id), identity.Name, settings);
        string? problem;
        try
        {
            problem = await worker.Served.WaitAsync(settings.StartTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            problem = $"it did not serve within {settings.StartTimeout.TotalSeconds:0} s";
        }

        if (problem is not null)
            await worker.StopAsync(settings.StopTimeout).ConfigureAwait(false);

        // Only now: while it loaded, a second start would have taken its processor time.
        StartStandby();
        if (problem is null)
        {
            LogServing(worker.Id, worker.ProcessId, deployment.Id, deployment.Manifest.Application);
            return worker;
        }

        LogDidNotStart(deployment.Id, deployment.Manifest.Application, problem);
        string output = string.Join('\n', worker.LastOutput.TakeLast(20));
        throw HostRefusal.DidNotStart(
            $"Deployment {deployment.Id[..12]} of '{deployment.Manifest.Application}' did not start: {problem.TrimEnd('.')}. Correct it and deploy again; all of the worker's output is in {worker.OutputPath} on the host."
            + (output.Length > 0 ? $"\nIts last output:\n{output}" : ""));
    }

    private Worker Take(ImageEnvironment? environment)
    {
        lock (_gate)
        {
            if (_stopping)
                throw HostRefusal.Stopping();

            // The one that stands by has read what it reads once.
            if (environment is { IsForStart: true })
                return StartProcess(environment);

            Worker? warm = _standby;
            _standby = null;
            return warm is { State: not WorkerState.Ended } ? warm : StartProcess();
        }
    }

    private Worker StartProcess(ImageEnvironment? environment = null)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        WorkerProgram program = WorkerProgram.Find(settings.WorkerDirectory);
        ProcessStartInfo start = program.CreateStart(folders.Home);
        foreach ((string name, string value) in environment?.Variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        Worker worker = Worker.Start(id, start, logs.Open(id, folders.LogOf(id)), names, time, log);
        _alive.Add(id, worker);
        _ = ForgetAsync(worker);
        return worker;
    }

    private async Task ForgetAsync(Worker worker)
    {
        await worker.Ended.ConfigureAwait(false);
        logs.Close(worker.Id);
        lock (_gate)
        {
            _alive.Remove(worker.Id);
            foreach ((var key, Task<Worker> starting) in _byDeployment)
            {
                if (starting.IsCompletedSuccessfully && starting.Result == worker)
                    _byDeployment.Remove(key);
            }

            _ended.Enqueue(worker);
            if (_ended.Count > EndedKept)
                _ended.Dequeue();
        }
    }

    [LoggerMessage(LogLevel.Information, "Worker {Id} (process {ProcessId}) serves deployment {Deployment} of {Application}")]
    private partial void LogServing(string id, int processId, string deployment, string application);

    [LoggerMessage(LogLevel.Warning, "Deployment {Deployment} of {Application} did not start: {Reason}")]
    private partial void LogDidNotStart(string deployment, string application, string reason);

    [LoggerMessage(LogLevel.Warning, "No worker stands by: {Reason}")]
    private partial void LogNoStandby(string reason);
}
