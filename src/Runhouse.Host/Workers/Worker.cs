using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
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

    // Its children may hold its output open; its own last lines are in the pipe by then.
    private static readonly TimeSpan OutputDelay = TimeSpan.FromMilliseconds(500);

    private bool _isOutputFileBroken;
    private readonly Process _process;
    private readonly NameRegistry _names;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LogFile _outputFile;
    private readonly OutputTail _tail = new();
    private readonly TaskCompletionSource<string?> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<HostToWorkerMessage> _messages = Channel.CreateUnbounded<HostToWorkerMessage>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<long, TaskCompletionSource<string?>> _patches = new();
    private long _lastRequest;
    private int _patchCount;
    private WorkerLoad _load = new(0, 0, 0);
    private ProcessExit? _exit;
    private long _lastBusy;
    private volatile WorkerState _state = WorkerState.Starting;

    private Worker(string id, Process process, LogFile outputFile, NameRegistry names, TimeProvider time, ILogger log)
    {
        Id = id;
        _process = process;
        ProcessId = process.Id;
        _outputFile = outputFile;
        _names = names;
        _time = time;
        _log = log;
        _lastBusy = time.GetTimestamp();
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

    /// <summary>Signs the tickets for this worker.</summary>
    public byte[] TicketKey { get; } = Ticket.CreateKey();

    /// <summary>How many patches it has applied.</summary>
    public int PatchCount => Volatile.Read(ref _patchCount);

    /// <summary>Whether a newer deployment of its application has been asked for.</summary>
    public bool IsSuperseded { get; set; }

    /// <summary>Ends once the worker listens (null) or will not (why).</summary>
    public Task<string?> Served => _served.Task;

    /// <summary>Ends once the process has ended and its output has been read.</summary>
    public Task<ProcessExit> Ended { get; }

    /// <summary>Whether somebody uses it.</summary>
    public bool IsConnected => _load is { Calls: > 0 } or { Sessions: > 0 };

    public string OutputPath => _outputFile.Path;

    public IReadOnlyList<string> LastOutput => _tail.Snapshot();

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
            TicketKey = Convert.ToBase64String(TicketKey),
            Limits = settings.Limits,
            Environment = environment?.Variables ?? new Dictionary<string, string>(),
            Secrets = environment?.Redactor?.Texts ?? [],
        });
    }

    /// <summary>Sends without waiting; a worker that has ended gets nothing, and <see cref="Ended"/> says so.</summary>
    public void Send(HostToWorkerMessage message) => _messages.Writer.TryWrite(message);

    /// <summary>Has it change the bodies of methods.</summary>
    /// <returns>Why it did not; null when it did.</returns>
    public async Task<string?> PatchAsync(CodePatch patch, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _lastRequest);
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _patches[id] = answer;
        try
        {
            Send(new ApplyPatch(id, patch));
            if (await Task.WhenAny(answer.Task, Ended).WaitAsync(cancellationToken).ConfigureAwait(false) != answer.Task)
                return $"it ended with {Ended.Result}";
            return await answer.Task.ConfigureAwait(false);
        }
        finally
        {
            _patches.TryRemove(id, out _);
        }
    }

    /// <summary>Takes it for a worker of another deployment from now on: its patches have made it one.</summary>
    public void Become(Deployment deployment) => Deployments = Deployments.Add(deployment);

    /// <summary>Notes that somebody is about to use the worker.</summary>
    public void Touch() => Volatile.Write(ref _lastBusy, _time.GetTimestamp());

    /// <summary>How long nobody has used it.</summary>
    public TimeSpan ObserveIdle()
    {
        if (IsConnected || _load.Objects > 0 || _names.HasAnyOf(this))
            Touch();
        return _time.GetElapsedTime(Volatile.Read(ref _lastBusy));
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

    public void Kill()
    {
        try
        {
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
            LastOutput = LastOutput,
            MemoryBytes = memory,
            CpuSeconds = cpu,
        };
    }

    private async Task<ProcessExit> RunAsync()
    {
        using var ending = new CancellationTokenSource();
        Task sending = SendAllAsync(ending.Token);
        Task reading = Task.WhenAll(
            LineReader.ReadAsync(_process.StandardOutput.BaseStream, MaxControlLineBytes, OnControlLine, ending.Token),
            LineReader.ReadAsync(new RedactingStream(_process.StandardError.BaseStream, () => Environment?.Redactor), MaxOutputLineBytes, OnOutputLine, ending.Token));
        await _process.WaitForExitAsync().ConfigureAwait(false);

        // At once, before its output is drained: nobody may be sent to a worker that has gone.
        ProcessExit exit = ProcessExit.FromProcess(_process.ExitCode);
        _exit = exit;
        _load = new WorkerLoad(0, 0, 0);
        _state = WorkerState.Ended;
        _names.ReleaseAllOf(this);
        try
        {
            await reading.WaitAsync(OutputDelay, _time).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogOutputCut(Id, exception.Message);
        }

        await ending.CancelAsync().ConfigureAwait(false);
        _messages.Writer.TryComplete();
        await sending.ConfigureAwait(false);

        if (File.Exists(SocketPath))
            File.Delete(SocketPath);
        LogEnded(Id, ProcessId, exit);
        _served.TrySetResult($"its process ended with {exit} before it served");
        _process.Dispose();
        _outputFile.Dispose();

        // Its fate is remembered for a while, the values of its secrets are not.
        Environment = null;
        return exit;
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

    private void OnOutputLine(ReadOnlySequence<byte> line)
    {
        string text = Encoding.UTF8.GetString(line).TrimEnd('\r');
        _tail.Add(text);
        try
        {
            _outputFile.WriteLine(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading goes on: a full pipe would stop the worker at its next line.
            if (!_isOutputFileBroken)
                LogOutputNotKept(Id, _outputFile.Path, exception.Message);
            _isOutputFileBroken = true;
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
            case WorkerStandingBy when _state == WorkerState.Starting:
                _state = WorkerState.Standby;
                break;
            case WorkerServing when _state == WorkerState.Loading:
                _state = WorkerState.Serving;
                Touch();
                _served.TrySetResult(null);
                break;
            case WorkerDidNotLoad failure:
                _served.TrySetResult(Environment?.Redactor?.Redact(failure.Error) ?? failure.Error);
                break;
            case ReserveName reserve:
                Send(new NameReservation(reserve.RequestId, _names.Reserve(this, reserve)));
                break;
            case ReleaseName release:
                _names.Release(this, release.Name, release.ObjectId);
                break;
            case PatchApplied patched:
                if (patched.Error is null)
                    Interlocked.Increment(ref _patchCount);
                if (_patches.TryGetValue(patched.RequestId, out TaskCompletionSource<string?>? answer))
                    answer.TrySetResult(patched.Error);
                break;
            case WorkerLoad load:
                _load = load;
                Touch();
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "Worker {Id} (process {ProcessId}) ended with {Exit}")]
    private partial void LogEnded(string id, int processId, ProcessExit exit);

    [LoggerMessage(LogLevel.Information, "Worker {Id} drains: nobody uses it")]
    private partial void LogDraining(string id);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} did not end within {Seconds} s of being asked to: killed")]
    private partial void LogKilled(string id, double seconds);

    [LoggerMessage(LogLevel.Error, "The output of worker {Id} cannot be kept in {Path} ({Reason}); it still reaches its callers. Free some space or restore the folder")]
    private partial void LogOutputNotKept(string id, string path, string reason);

    [LoggerMessage(LogLevel.Warning, "The last output of worker {Id} could not be read to its end ({Reason}); its child processes may hold it")]
    private partial void LogOutputCut(string id, string reason);

    [LoggerMessage(LogLevel.Warning, "Worker {Id} sent a control line that this host does not understand ({Reason}); host and worker may be of different versions")]
    private partial void LogBadControlLine(string id, string reason);
}
