using System.Diagnostics;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;
using Runhouse.Worker.Execution;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Control;

/// <summary>The worker's life: warm up, stand by, load, serve, drain; and end with the host.</summary>
/// <param name="control">The host.</param>
/// <param name="errorStream">The process's error stream, which is the worker's log.</param>
/// <param name="raw">Where output and error output come out that are written past <see cref="Console"/>; empty where the system has no such pipes.</param>
internal sealed class WorkerProcess(ControlChannel control, Stream errorStream, RawPipe[] raw)
{
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(2);
    private readonly WorkerLog _log = new(errorStream);
    private WorkerServer? _server;

    /// <summary>Runs until the host ends or says so; the result is the process's exit code.</summary>
    public int Run()
    {
        var output = new ConsoleWriter(LogSource.StandardOutput, _log, static () => CallContext.Current);
        var error = new ConsoleWriter(LogSource.StandardError, _log, static () => CallContext.Current);
        ConsoleOutput.Set(output, error);
        Console.SetIn(TextReader.Null);
        for (int i = 0; i < raw.Length; i++)
            RawOutput.Start(raw[i], i == 0 ? LogSource.StandardOutput : LogSource.StandardError, _log, (source, line) => _server?.WriteRaw(source, line));
        WarmUp.RunAsync(_log).GetAwaiter().GetResult();
        control.Send(new WorkerStandingBy(Environment.ProcessId) { OutputPipes = [.. raw.Select(static pipe => pipe.Exit)] });
        try
        {
            while (control.Read() is { } message)
                Handle(message, output, error);
        }
        catch (Exception exception) when (exception is IOException or System.Text.Json.JsonException)
        {
            _log.Write($"The control connection to the host failed, so this worker ends: {exception.Message}");
        }

        EndSoon();
        return 0;
    }

    private void Handle(HostToWorkerMessage message, ConsoleWriter output, ConsoleWriter error)
    {
        switch (message)
        {
            case LoadDeployment load when _server is null:
                // Before anything of the application runs and can write.
                _log.Redactor = Redactor.Create(load.Secrets);
                _server = new WorkerServer(load, control, _log, output, error, TimeProvider.System);
                // Not on this thread: it must see the end of the host while user code loads.
                _ = Task.Run(() => ServeAsync(load));
                break;
            case NameReservation reservation:
                _server?.Names.Answer(reservation);
                break;
            case DropObject drop:
                _server?.DropObject(drop.ObjectId);
                break;
            case StateKept kept:
                _server?.States.Answer(kept);
                break;
            case HoldObject hold:
                _ = _server?.HoldAsync(hold);
                break;
            case LetObjectGo letGo:
                _server?.LetGo(letGo);
                break;
            case RestoreObject restore:
                _ = _server?.RestoreAsync(restore);
                break;
            case ListCalls list when _server is not null:
                control.Send(_server.ListCalls(list));
                break;
            case CancelCall cancel when _server is not null:
                control.Send(_server.Cancel(cancel));
                break;
            case PingWorker:
                control.Send(new WorkerAlive(Debugger.IsAttached));
                break;
            case ApplyPatch patch:
                control.Send(new PatchApplied(patch.RequestId, _server is null ? "no deployment is loaded in it" : _server.Apply(patch.Patch)));
                break;
            case AnnounceEnd end:
                CallContext.Announce(end.EndsAt);
                break;
            case DrainWorker:
                _ = Task.Run(DrainAsync);
                break;
        }
    }

    private async Task ServeAsync(LoadDeployment load)
    {
        try
        {
            HeapLimit.Set(load.HeapLimitBytes);
            WorkerEnvironment.Set(load.Environment);
            await _server!.StartAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _log.Write($"The deployment did not load: {exception}");
            control.Send(new WorkerDidNotLoad(exception is DeploymentException ? exception.Message : $"{exception.GetType()}: {exception.Message}") { IsOutOfMemory = IsOutOfMemory(exception) });
            Environment.Exit(1);
        }
    }

    private static bool IsOutOfMemory(Exception? exception)
    {
        while (exception is not (null or OutOfMemoryException))
            exception = exception.InnerException;
        return exception is not null;
    }

    private async Task DrainAsync()
    {
        try
        {
            if (_server is not null)
                await _server.DrainAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _log.Write($"Draining failed, so this worker ends at once: {exception}");
            Environment.Exit(1);
        }

        Environment.Exit(0);
    }

    /// <summary>
    /// The host is gone: handlers of user code at the process's exit get a moment, then it ends in any case, and with it what it has started, as the host
    /// would have seen to.
    /// </summary>
    private static void EndSoon()
    {
        new Thread(static () =>
        {
            Thread.CurrentThread.Join(ExitGrace);
            ProcessGroup.EndOthers();
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true, Name = "Runhouse end" }.UnsafeStart();
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => ProcessGroup.EndOthers();
        Environment.Exit(0);
    }
}
