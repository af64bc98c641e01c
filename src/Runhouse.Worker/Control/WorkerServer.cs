using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.References;
using Runhouse.Protocol.Resumption;
using Runhouse.Protocol.Sockets;
using Runhouse.Worker.Execution;
using Runhouse.Worker.Hangs;
using Runhouse.Worker.Loading;
using Runhouse.Worker.Logs;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Control;

/// <summary>Loads one deployment and serves its calls on a Unix socket.</summary>
internal sealed partial class WorkerServer
{
    private static readonly TimeSpan LoadReportInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long a caller may take for the handshake of TLS.</summary>
    private static readonly TimeSpan TlsPatience = TimeSpan.FromSeconds(10);

    private readonly LoadDeployment _load;
    private readonly ControlChannel _control;
    private readonly ConsoleWriter _output;
    private readonly ConsoleWriter _error;
    private readonly WorkerLog _log;
    private readonly TimeProvider _time;
    private readonly LoadReports _reports;
    private readonly Disposal _disposal;
    private readonly ObjectTable _objects;
    private readonly KeptObjects _kept;
    private readonly ServerConnectionOptions _options;
    private readonly SessionTable _sessions = new();
    private readonly ConcurrentDictionary<ServerConnection, Task> _connections = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HandedOverCertificates _certificates = new();
    private readonly Strangers _strangers = new();
    private readonly List<(CallListener Listener, Func<Socket, Task> Serve)> _listeners = [];
    private CallRunner? _runner;
    private volatile bool _draining;

    public WorkerServer(LoadDeployment load, ControlChannel control, WorkerLog log, ConsoleWriter output, ConsoleWriter error, TimeProvider time)
    {
        (_load, _control, _log, _output, _error, _time) = (load, control, log, output, error, time);
        _reports = new LoadReports(control.Send, LoadReportInterval, time);
        _reports.Idle += () =>
        {
            if (_draining)
                _idle.TrySetResult();
        };
        _reports.Changed += new IdleMemory(() => _reports.Calls, static () => Environment.WorkingSet, GiveMemoryBack, time).OnActivity;
        Names = new NameReservations(control.Send);
        _disposal = new Disposal(log);
        _objects = new ObjectTable(TimeSpan.FromSeconds(load.LeaseSeconds), time, _disposal.DisposeAsync);
        _objects.CountChanged += _reports.AddObjects;
        _objects.NameFreed += entry => Names.Release(entry.Name!, entry.Id);
        States = new KeptStates(control.Send, Path.GetDirectoryName(load.SocketPath)!, load.WorkerId);
        _kept = new KeptObjects(_objects, States, _disposal, load.Limits, time);
        HeldValues.OfThisProcess = new WorkerValues(load.WorkerId, _objects, _disposal);
        _options = new ServerConnectionOptions
        {
            TicketKey = Convert.FromBase64String(load.TicketKey),
            TicketLedger = new TicketLedger(),
            WorkerId = load.WorkerId,
            Host = load.Host,
            Limits = load.Limits,
            Sessions = _sessions,
            Budget = new WorkerBudget(),
            Values = HeldValues.OfThisProcess,
            Resumed = _reports.AddResumption,
            TimeProvider = time,
        };
    }

    /// <summary>The states of this worker's objects on their way to the host and back.</summary>
    public KeptStates States { get; }

    /// <summary>The names of this worker's objects.</summary>
    public NameReservations Names { get; }

    /// <summary>Loads the deployment, listens, and tells the host.</summary>
    public async Task StartAsync()
    {
        // Bound before user code is loaded, so that no file which that code writes gets this socket's permissions.
        using (StandardStreams.OnlyForThisUser())
            Listen();
        var services = new WorkerServices(_load.Directory, _log, static () => CallContext.Current);
        Deployment deployment = Deployment.Load(_load, services);
        _runner = new CallRunner
        {
            Deployment = deployment,
            Identity = WorkerIdentity.From(_load),
            Objects = _objects,
            Disposal = _disposal,
            Kept = _kept,
            Names = Names,
            Transfer = new ValueTransfer(services),
            Description = new DescriptionMember(deployment, services),
            Load = _reports,
            Output = _output,
            Error = _error,
            Time = _time,
            Log = line => _log.Write(line),
            Hangs = _load.Limits.HangGraceSeconds == 0 ? null
                : new HangWatch(TimeSpan.FromSeconds(_load.Limits.HangGraceSeconds), line => _log.Write(line), () => _reports.AddCalls(-1), OnHung, new LateCalls(CallsInFlight, ThreadStacks.TryRead, _time), _time),
        };
        foreach ((CallListener listener, Func<Socket, Task> serve) in _listeners)
            _ = AcceptAsync(listener, serve);
        _control.Send(new WorkerServing { Schedules = DeclaredSchedules.Of(deployment, _load.Limits) });
    }

    /// <summary>Changes the bodies of methods; the result is why that failed, or null.</summary>
    public string? Apply(CodePatch patch) => _runner is { } running ? running.Deployment.Patches.Apply(patch) : "it has not loaded its deployment yet";

    /// <summary>
    /// Takes no new sessions, waits for the calls in flight and for those who wait for their results, and disposes what user code made.
    /// </summary>
    public async Task DrainAsync()
    {
        if (_draining)
            return;
        _sessions.Close();
        foreach (var connection in _connections.Keys)
            connection.GoAway(GoAwayCode.Draining, "The worker finishes its calls and ends. Connect to the host again.");
        _draining = true;
        if (_reports.Calls > 0)
            await _idle.Task.ConfigureAwait(false);
        await Task.WhenAll(_connections.Keys.Select(CloseAsync)).ConfigureAwait(false);
        foreach ((CallListener listener, _) in _listeners)
            listener.Close();
        await _kept.SaveAllAsync().ConfigureAwait(false);
        await _objects.CloseAllAsync().ConfigureAwait(false);
        foreach (var contract in _runner?.Deployment.Contracts ?? [])
            await contract.DisposeServicesAsync().ConfigureAwait(false);
    }

    /// <summary>The stacks into the log, then the end: the host brings it about, since it says to callers why.</summary>
    private void OnHung(HungCall call)
    {
        _log.Write($"{CrashOutput.HangReport}: {call}, ignores its cancellation and keeps its thread. The stacks of this process:");
        foreach (string line in ThreadStacks.Capture(call.Member))
            _log.Write(line);
        _control.Send(new WorkerHung($"{call} and ignores its cancellation"));
        Thread.CurrentThread.Join(EndPatience);
        Process.GetCurrentProcess().Kill();
    }

    private static void GiveMemoryBack()
    {
        BodyMemory.LetGo();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Listen()
    {
        _listeners.Add((new CallListener(new UnixDomainSocketEndPoint(_load.SocketPath)), ServeAsync));
        if (!SocketHandover.IsSupported)
            return;
        try
        {
            _listeners.Add((new CallListener(new UnixDomainSocketEndPoint(SocketHandover.PathOf(_load.SocketPath))), TakeAsync));
        }
        catch (SocketException exception)
        {
            _log.Write($"Connections that come to the host's port will be carried by it, since this worker cannot take them: {exception.Message}");
        }
    }

    private async Task AcceptAsync(CallListener listener, Func<Socket, Task> serve)
    {
        try
        {
            while (await listener.AcceptAsync(CancellationToken.None).ConfigureAwait(false) is { } accepted)
                _ = serve(accepted);
        }
        catch (Exception exception) when (listener != _listeners[0].Listener)
        {
            _log.Write($"Connections that come to the host's port will be carried by it, since this worker can take no more: {exception}");
            listener.Close();
        }
        catch (Exception exception)
        {
            // The host starts another one; this one would only look alive.
            _log.Write($"The worker can accept no more connections and ends: {exception}");
            Environment.Exit(1);
        }
    }

    private static async Task CloseAsync(ServerConnection connection)
    {
        await connection.DeliverAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private Task<ServerConnection?> AcceptAsync(IDuplexPipe transport) => ServerConnection.AcceptAsync(transport, _options, _runner!, CancellationToken.None);

    private async Task<ServerConnection?> AcceptAsync(Socket accepted, SslStreamCertificateContext certificate)
    {
        try
        {
            using var patience = new CancellationTokenSource(TlsPatience);
            SecureTransport transport = await SecureTransport.AcceptAsync(accepted, certificate, WorkerProtocol.Of(_load.WorkerId), patience.Token).ConfigureAwait(false);
            return await AcceptAsync(transport).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
        {
            // Whoever it was learns of it there. A line each would be for strangers to write.
            accepted.Dispose();
            return null;
        }
        finally
        {
            _strangers.Leave();
        }
    }

    private async Task TakeAsync(Socket host)
    {
        try
        {
            HandedOverConnection? connection;
            using (host)
                connection = await HandedOverConnection.TakeAsync(host, _certificates, _strangers).ConfigureAwait(false);
            if (connection is { Certificate: { } certificate })
                await ServeAsync(connection.Socket, () => AcceptAsync(connection.Socket, certificate)).ConfigureAwait(false);
            else if (connection is not null)
                await ServeAsync(connection.Socket).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _log.Write($"A connection that came to the host's port was not taken, and is the host's to carry: {exception.GetType()}: {exception.Message}");
        }
    }

    private Task ServeAsync(Socket accepted) => ServeAsync(accepted, () => AcceptAsync(new SocketTransport(accepted)));

    private async Task ServeAsync(Socket accepted, Func<Task<ServerConnection?>> accept)
    {
        try
        {
            var connection = await accept().ConfigureAwait(false);
            if (connection is null)
                return;
            _objects.SessionOpened(connection.SessionId);
            _reports.AddSessions(1);
            var serving = connection.RunAsync();
            _connections[connection] = serving;
            await serving.ConfigureAwait(false);
            _connections.TryRemove(connection, out _);
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Of this connection alone; its calls have been cancelled.
            _log.Write($"A connection failed: {exception.GetType()}: {exception.Message}");
            accepted.Dispose();
        }
    }
}
