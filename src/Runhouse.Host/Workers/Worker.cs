using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Machines;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Workers;

/// <summary>A worker process and the control line to it. It ends when its standard input does.</summary>
internal sealed partial class Worker
{
    private const int MaxControlLineBytes = 256 * 1024;
    private const int MaxOutputLineBytes = 16 * 1024;

    private readonly Process _process;
    private readonly NameRegistry _names;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly WorkerOutput _output;
    private readonly WorkerRemains _remains;
    private readonly Liveness _life;
    private readonly ExpectedCallers _expected;

    // Signs the tickets for this worker.
    private readonly byte[] _ticketKey = Ticket.CreateKey();
    private readonly TaskCompletionSource<string?> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<HostToWorkerMessage> _messages = Channel.CreateUnbounded<HostToWorkerMessage>(new() { SingleReader = true });
    private WorkerLoad _load = new(0, 0, 0);
    private ProcessExit? _exit;
    private string? _hang;
    private long _lastBusy;
    private volatile WorkerState _state = WorkerState.Starting;

    private Worker(string id, Process process, LogFile outputFile, NameRegistry names, TimeProvider time, ILogger log)
    {
        Id = id;
        _process = process;
        ProcessId = process.Id;
        (_remains, _life, _expected) = (new WorkerRemains(ProcessId), new Liveness(time), new ExpectedCallers(WorkerPool.TicketLifetime, time));
        _output = new WorkerOutput(id, outputFile, log);
        _names = names;
        _time = time;
        _log = log;
        _lastBusy = time.GetTimestamp();
        Questions = new WorkerQuestions(Send, time);
        Ended = RunAsync();
    }

    public string Id { get; }

    public int ProcessId { get; }

    public WorkerState State => _state;

    /// <summary>What it was told to run; null while it stands by.</summary>
    public Deployment? Deployment => Deployments is [.., var last] ? last : null;

    /// <summary>What it has been told to run: whose files it has, and the later ones that its patches amount to.</summary>
    public ImmutableArray<Deployment> Deployments { get; private set; } = [];

    public string SocketPath { get; private set; } = "";

    /// <summary>The image's environment that it was told; null for none.</summary>
    public ImageEnvironment? Environment { get; private set; }

    /// <summary>To whom its tickets were given.</summary>
    public TicketHolders Holders { get; } = new();

    /// <summary>What it is asked over its control line.</summary>
    public WorkerQuestions Questions { get; }

    /// <summary>Whether a newer deployment of its application has been asked for.</summary>
    public bool IsSuperseded { get; set; }

    /// <summary>Ends once the worker listens (null) or will not (why).</summary>
    public Task<string?> Served => _served.Task;

    /// <summary>Ends once the process has ended and its output has been read.</summary>
    public Task<ProcessExit> Ended { get; }

    /// <summary>Whether somebody uses it.</summary>
    public bool IsConnected => _load is { Calls: > 0 } or { Sessions: > 0 } || Volatile.Read(ref _restorations) > 0;

    public string OutputPath => _output.Path;

    public IReadOnlyList<string> LastOutput => _output.Last;

    /// <summary>Whether the process has ended, noticed or not.</summary>
    public bool HasEnded => _exit is not null || ProcessReading.HasEnded(ProcessId);

    public static Worker Start(string id, ProcessStartInfo start, LogFile outputFile, NameRegistry names, TimeProvider time, ILogger log)
    {
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"The worker program {start.FileName} did not start.");
        return new Worker(id, process, outputFile, names, time, log);
    }

    public void Load(Deployment deployment, ImageEnvironment? environment, string socketPath, string host, HostSettings settings)
    {
        Deployments = [deployment];
        Environment = environment;
        SocketPath = socketPath;
        _state = WorkerState.Loading;
        Touch();
        Send(new LoadDeployment
        {
            WorkerId = Id,
            Host = host,
            Application = deployment.Manifest.Application,
            Deployment = deployment.Id,
            Directory = deployment.Directory,
            EntryAssembly = deployment.Manifest.EntryAssembly,
            SocketPath = socketPath,
            TicketKey = Convert.ToBase64String(_ticketKey),
            Limits = settings.Limits,
            Cpus = Holding.Cores,
            MemoryGiB = Holding.MemoryGiB,
            Accelerators = Holding.Granted is { } granted ? [granted.ToString()] : [],
            HeapLimitBytes = MemoryLimit?.HeapBytes ?? 0,
            Environment = VariablesOver(environment),
            Secrets = environment?.Redactor?.Texts ?? [],
        });
    }

    /// <summary>Sends without waiting; a worker that has ended gets nothing, and <see cref="Ended"/> says so.</summary>
    public void Send(HostToWorkerMessage message) => _messages.Writer.TryWrite(message);

    /// <summary>Notes that somebody is about to use the worker.</summary>
    public void Touch() => Volatile.Write(ref _lastBusy, _time.GetTimestamp());

    /// <summary>How long nobody has used it.</summary>
    public TimeSpan ObserveIdle()
    {
        if (IsConnected || _load.Objects > 0 || _names.HasAnyOf(this))
            Touch();
        return _time.GetElapsedTime(Volatile.Read(ref _lastBusy));
    }

    /// <summary>Asks it for a sign of life, and ends it when it has given none for too long.</summary>
    /// <param name="period">How often this is called.</param>
    /// <param name="limit">How long is too long.</param>
    public void ObserveLife(TimeSpan period, TimeSpan limit)
    {
        TimeSpan silence = _life.Look(period, out bool ask);
        if (ask)
            Send(new PingWorker());
        if (silence < limit || _life.IsDebugged)
            return;
        (bool isStopped, bool isTraced) = ProcessReading.ReadStop(ProcessId);
        if (!isTraced)
            EndHung($"its process gave no sign of life for {silence.TotalSeconds:0} s{(isStopped ? ", as it was stopped by a signal" : "")}");
    }

    /// <summary>Asks it to take no new sessions and to end.</summary>
    public void Drain()
    {
        _state = WorkerState.Draining;
        LogDraining(Id);
        Send(new DrainWorker());
    }

    /// <summary>Ends the worker: first by the end of its control line, then by force.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        _messages.Writer.TryComplete();
        try
        {
            await Ended.WaitAsync(timeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogKilled(Id, timeout.TotalSeconds);
            Kill();
            await Ended.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the process at once; one that has ended by itself, noticed or not, keeps its own reason.</summary>
    /// <param name="note">Notes why, before the end can be noticed; not called for one that has ended.</param>
    public void Kill(Action? note = null)
    {
        try
        {
            if (HasEnded)
                return;
            _isKilled = true;
            note?.Invoke();
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile, which is what was asked for.
        }
    }

    public WorkerStatus Status()
    {
        (long memory, double cpu) = _exit is null ? ProcessReading.TryRead(ProcessId) ?? default : default;
        return new WorkerStatus
        {
            Id = Id,
            Deployment = Deployment?.Id,
            Application = Deployment?.Manifest.Application,
            ProcessId = ProcessId,
            State = _state,
            Calls = _load.Calls,
            Sessions = _load.Sessions,
            Objects = _load.Objects,
            ExitCode = _exit?.ExitCode,
            Signal = _exit?.Signal,
            Hang = _hang,
            LastOutput = LastOutput,
            Process = Demand?.Process,
            Cpus = Holding.Cores,
            MemoryGiB = Holding.MemoryGiB,
            Accelerators = Holding.Devices,
            MemoryLimitBytes = MemoryLimit?.Bytes,
            IsHeapLimitOnly = MemoryLimit is { IsHeapOnly: true },
            MemoryPeakBytes = MemoryLimit?.PeakBytes,
            IsOutOfMemory = _isOutOfMemory,
            IsEndedOnRequest = _isEndedOnRequest,
            IsPreempted = _isPreempted,
            IsTimeOver = _isTimeOver,
            MemoryBytes = memory,
            CpuSeconds = cpu,
        };
    }

    private void EndHung(string cause)
    {
        Kill(() =>
        {
            if (Interlocked.CompareExchange(ref _hang, Redact(cause), null) is null)
                LogHung(Id, ProcessId, _hang);
        });
    }

    private async Task SendAllAsync(CancellationToken ending)
    {
        Stream input = _process.StandardInput.BaseStream;
        try
        {
            await foreach (HostToWorkerMessage message in _messages.Reader.ReadAllAsync(ending).ConfigureAwait(false))
            {
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, ControlJson.Default.HostToWorkerMessage);
                await input.WriteAsync((byte[])[.. json, (byte)'\n'], ending).ConfigureAwait(false);
                await input.FlushAsync(ending).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The worker is ending; RunAsync reports how.
        }
        finally
        {
            _messages.Writer.TryComplete();
            await input.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void OnControlLine(ReadOnlySequence<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            OnMessage(JsonSerializer.Deserialize(ref reader, ControlJson.Default.WorkerToHostMessage));
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            LogBadControlLine(Id, exception.Message);
        }
    }

    private void OnMessage(WorkerToHostMessage? message)
    {
        switch (message)
        {
            case WorkerStandingBy standing:
                // One that is needed at once has been told what to load by now.
                _output.Watch(ProcessId, standing.OutputPipes ?? []);
                if (_state == WorkerState.Starting)
                    _state = WorkerState.Standby;
                break;
            case WorkerServing serving when _state == WorkerState.Loading:
                Schedules = serving.Schedules ?? [];
                _state = WorkerState.Serving;
                Touch();
                _served.TrySetResult(null);
                break;
            case WorkerDidNotLoad failure:
                _isOutOfMemory = failure.IsOutOfMemory;
                _served.TrySetResult(Redact(failure.Error));
                break;
            case WorkerLoad load when _exit is null:
                _load = load;

                // In this order: whoever has come is connected before he is expected no more.
                _expected.OnArrived(load.Arrived);
                Touch();
                LoadChanged?.Invoke();
                break;
            case WorkerAlive alive:
                _life.OnAnswer(alive.IsDebugged);
                break;
            case WorkerHung hung:
                EndHung(hung.Cause);
                break;
            case ReserveName reserve:
                Send(_names.Reserve(this, reserve));
                break;
            case ReleaseName release:
                _names.Release(this, release.Name, release.ObjectId);
                break;
            case KeepState keep:
                BeginKeep(keep);
                break;
            case IWorkerAnswer answer:
                Questions.Answer(answer);
                break;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Worker {Id} (process {ProcessId}) hangs and is ended: {Cause}")]
    private partial void LogHung(string id, int processId, string cause);

    [LoggerMessage(LogLevel.Information, "Worker {Id} drains: nobody uses it")]
    private partial void LogDraining(string id);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} did not end within {Seconds} s of being asked to: killed")]
    private partial void LogKilled(string id, double seconds);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} sent a control line that this host does not understand ({Reason}); host and worker may be of different versions")]
    private partial void LogBadControlLine(string id, string reason);
}
