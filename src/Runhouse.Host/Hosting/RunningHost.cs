using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Runhouse.Host.Calls;
using Runhouse.Host.Deployments;
using Runhouse.Host.Endpoints;
using Runhouse.Host.Folders;
using Runhouse.Host.Images;
using Runhouse.Host.Machines;
using Runhouse.Host.Objects;
using Runhouse.Host.Preemption;
using Runhouse.Host.Relay;
using Runhouse.Host.Schedules;
using Runhouse.Host.Storage;
using Runhouse.Host.Values;
using Runhouse.Host.Workers;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Host.Hosting;

/// <summary>A host that answers. <c>host.json</c> exists exactly as long as it does.</summary>
internal sealed partial class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan LongestSweepPeriod = TimeSpan.FromSeconds(5);

    private readonly WebApplication _web;
    private readonly HostSettings _settings;
    private readonly HostFolders _folders;
    private readonly HostLock _lock;
    private readonly WorkerPool _workers;
    private readonly NameRegistry _names;
    private readonly DeploymentCleanup _cleanup;
    private readonly SecretFiles _secrets;
    private readonly DetachedCalls _calls;
    private readonly ObjectPlacement _objects;
    private readonly ScheduleBook _schedules;
    private readonly ScheduledCalls _scheduled;
    private readonly IdleWatch _idle;
    private readonly MachineLease _lease;
    private readonly PreemptionWatch _preemption;
    private readonly ILogger<RunningHost> _log;
    private readonly TimeSpan _period;
    private readonly ITimer _sweep;
    private readonly Task _preempted;
    private bool _wasIdle;
    private bool _wasPreempted;
    private int _disposed;

    private RunningHost(WebApplication web, HostSettings settings, HostFolders folders, HostLock hostLock, TimeProvider time)
    {
        _web = web;
        _settings = settings;
        _folders = folders;
        _lock = hostLock;
        _workers = web.Services.GetRequiredService<WorkerPool>();
        _names = web.Services.GetRequiredService<NameRegistry>();
        _cleanup = web.Services.GetRequiredService<DeploymentCleanup>();
        _secrets = web.Services.GetRequiredService<SecretFiles>();
        _calls = web.Services.GetRequiredService<DetachedCalls>();
        _objects = web.Services.GetRequiredService<ObjectPlacement>();
        _schedules = web.Services.GetRequiredService<ScheduleBook>();
        _scheduled = web.Services.GetRequiredService<ScheduledCalls>();
        _idle = web.Services.GetRequiredService<IdleWatch>();
        _lease = web.Services.GetRequiredService<MachineLease>();
        _log = web.Services.GetRequiredService<ILogger<RunningHost>>();
        Identity = web.Services.GetRequiredService<HostIdentity>();
        Credentials = web.Services.GetRequiredService<HostCredentials>();

        // The timeouts are kept to a part, without waking the machine more often than that needs.
        _period = LongestSweepPeriod;
        if (settings.IdleTimeout is { } timeout && timeout / 10 < _period)
            _period = timeout / 10;
        if (settings.LifeTimeout is { } life && life / 4 < _period)
            _period = life / 4;
        if (_lease.Period is { } renewal && renewal < _period)
            _period = renewal;
        _lease.Renew();
        _preemption = web.Services.GetRequiredService<PreemptionWatch>();
        _preempted = _preemption.RunAsync(() =>
        {
            _wasPreempted = true;
            _web.Lifetime.StopApplication();
        });
        _sweep = time.CreateTimer(_ => Sweep(), null, _period, _period);
    }

    public HostIdentity Identity { get; }

    public HostCredentials Credentials { get; }

    public Uri Address { get; private init; } = null!;

    /// <summary>Ends once the host has stopped answering: it was told to, or was idle.</summary>
    public Task Ended => _web.WaitForShutdownAsync();

    /// <summary>Starts a host; null when another one has the home.</summary>
    public static async Task<RunningHost?> StartAsync(HostSettings settings, TimeProvider time)
    {
        var folders = new HostFolders(settings.Home);
        folders.Create();
        HostLock? hostLock = HostLock.TryTake(folders.LockFile);
        if (hostLock is null)
            return null;

        try
        {
            // Of a host that was killed: it leads nowhere.
            File.Delete(folders.HostFile);
            folders.RemoveLeftovers();
            WebApplication web = Build(settings, folders, HostCredentials.Open(settings, folders, time), time);

            web.Services.GetRequiredService<DeploymentStore>().RemoveLeftovers();

            // Of one that was killed: whoever needs them applies the image again.
            web.Services.GetRequiredService<SecretFiles>().RemoveAll();

            await web.Services.GetRequiredService<MemoryGroups>().RemoveLeftoversAsync().ConfigureAwait(false);

            // Its start takes as long as the host's own, so both go on at once.
            web.Services.GetRequiredService<WorkerPool>().StartStandby();

            // Before the calls, which may be of objects.
            web.Services.GetRequiredService<NameRegistry>().Resume();

            // Before anybody can make another one, which would be taken for one that was left.
            web.Services.GetRequiredService<DetachedCalls>().Resume();
            web.Services.GetRequiredService<ScheduleBook>().Load();
            web.Services.GetRequiredService<ScheduledCalls>().Start();
            await web.StartAsync().ConfigureAwait(false);
            string address = web.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
            var host = new RunningHost(web, settings, folders, hostLock, time) { Address = new Uri(address) };
            HostIdentity identity = host.Identity;
            host.Credentials.Publish(new HostFile(Environment.ProcessId, host.Address.Port, host.Credentials.Token, identity.Id, identity.Version, identity.StartedAt)
            {
                Protocol = ProtocolRange.Own,
                Abi = GeneratedAbi.Number,
            });

            // As soon as it lets nobody in any more: what is still open may take a while to end.
            web.Lifetime.ApplicationStopping.Register(host.Credentials.Withdraw);
            host.LogStarted(identity.Name, identity.Version, Environment.ProcessId, address);
            return host;
        }
        catch
        {
            hostLock.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        // First the sign, behind the timer that would put it up again, so that nobody new comes; the lock last, so that a successor does not start before we are gone.
        await _sweep.DisposeAsync().ConfigureAwait(false);
        _preemption.Dispose();
        await _preempted.ConfigureAwait(false);
        _scheduled.Dispose();
        Credentials.Withdraw();
        await _web.StopAsync().ConfigureAwait(false);
        await _calls.StopAsync().ConfigureAwait(false);
        await _objects.SaveAllAsync().ConfigureAwait(false);
        await _workers.StopAsync().ConfigureAwait(false);
        await _cleanup.StopAsync().ConfigureAwait(false);
        _secrets.RemoveAll();
        LogStopped(Identity.Name);
        if (_wasPreempted)
            _lease.Forfeit();
        else if (_wasIdle)
            _lease.End();
        await _web.DisposeAsync().ConfigureAwait(false);
        Credentials.Dispose();
        _lock.Dispose();
    }

    private static WebApplication Build(HostSettings settings, HostFolders folders, HostCredentials credentials, TimeProvider time)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = settings.Home });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (settings.IsOpen)
                kestrel.ListenAnyIP(settings.Port, listen => Configure(listen, settings, credentials));
            else
                kestrel.Listen(IPAddress.Loopback, settings.Port, listen => Configure(listen, settings, credentials));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxManifestBytes;

            // A relayed caller may leave results unread for as long as it likes.
            kestrel.Limits.MinResponseDataRate = null;
        });

        // What a relayed caller sends goes on to its worker on the thread that has read it. Nothing that is served here blocks for long.
        builder.Services.Configure<SocketTransportOptions>(static sockets =>
        {
            sockets.UnsafePreferInlineScheduling = true;
            sockets.WaitForDataBeforeAllocatingBuffer = false;
        });
        if (SocketHandover.IsSupported)
            builder.Services.AddSingleton<IConnectionListenerFactory, RelayListenerFactory>();
        builder.Services.AddRoutingCore();
        if (settings.EndNotice is { } notice)
            builder.Services.AddSingleton<IHostLifetime>(services => new AgentLifetime(notice, services.GetRequiredService<IHostApplicationLifetime>(), time));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = settings.StopTimeout);
        var logs = new LogFeed(folders.LogOf);
        builder.Logging.AddProvider(new FileLoggerProvider(logs.Open("host", Path.Combine(folders.Logs, "host.log")), time));

        builder.Services
            .AddSingleton(time)
            .AddSingleton(settings)
            .AddSingleton(folders)
            .AddSingleton(new HostIdentity(settings.Name, time.GetUtcNow()))
            .AddSingleton(credentials)
            .AddSingleton(new IdleWatch(time))
            .AddSingleton<MachineLease>()
            .AddSingleton<PreemptionWatch>()
            .AddSingleton(new Accelerators(settings.AcceleratorTool, Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), time))
            .AddSingleton<MemoryGroups>()
            .AddSingleton(static services => Capacity.OfThisMachine(services.GetRequiredService<MemoryGroups>(), services.GetRequiredService<HostSettings>()))
            .AddSingleton<CapacityQueue>()
            .AddSingleton(logs)
            .AddSingleton<LogEndpoints>()
            .AddSingleton(new FileStore(folders.Files, settings.MaxFileBytes, time))
            .AddSingleton<DeploymentStore>()
            .AddSingleton<CurrentVersions>()
            .AddSingleton<DeploymentCleanup>()
            .AddSingleton<FolderStore>()
            .AddSingleton<ValueStore>()
            .AddSingleton<ObjectTable>()
            .AddSingleton<NameRegistry>()
            .AddSingleton<ObjectPlacement>()
            .AddSingleton<ObjectTransfer>()
            .AddSingleton<WorkerPool>()
            .AddSingleton<WorkerConnections>()
            .AddSingleton<SecureHandover>()
            .AddSingleton<LiveCalls>()
            .AddSingleton<HostStore>()
            .AddSingleton<CallTable>()
            .AddSingleton<StoreWrites>()
            .AddSingleton<CallCarrier>()
            .AddSingleton<DetachedCalls>()
            .AddSingleton<ScheduleTable>()
            .AddSingleton<ScheduleBook>()
            .AddSingleton<ScheduledCalls>()
            .AddSingleton<AppliedSteps>()
            .AddSingleton<SecretFiles>()
            .AddSingleton<ImageEnvironments>()
            .AddSingleton<ImageBuilds>()
            .AddSingleton<RefusalReplies>()
            .AddSingleton<DeploymentEndpoints>()
            .AddSingleton<PatchEndpoints>()
            .AddSingleton<CommandEndpoints>()
            .AddSingleton<ImageEndpoints>()
            .AddSingleton<FolderEndpoints>()
            .AddSingleton<ValueEndpoints>()
            .AddSingleton<ObjectEndpoints>()
            .AddSingleton<WorkerEndpoints>()
            .AddSingleton<CallEndpoints>()
            .AddSingleton<CredentialEndpoints>()
            .AddSingleton<HostEndpoints>();

        WebApplication web = builder.Build();
        web.Use(static next => context => RelayConnection.CloseAfterAnswerAsync(context, next));
        var authentication = new TokenAuthentication(credentials);
        web.Use(next => context => authentication.InvokeAsync(context, next));
        RefusalReplies replies = web.Services.GetRequiredService<RefusalReplies>();
        web.Use(next => context => replies.InvokeAsync(context, next));
        web.UseRouting();
        web.Services.GetRequiredService<HostEndpoints>().Map(web);
        web.Services.GetRequiredService<CredentialEndpoints>().Map(web);
        web.Services.GetRequiredService<DeploymentEndpoints>().Map(web);
        web.Services.GetRequiredService<PatchEndpoints>().Map(web);
        web.Services.GetRequiredService<CommandEndpoints>().Map(web);
        web.Services.GetRequiredService<ImageEndpoints>().Map(web);
        web.Services.GetRequiredService<FolderEndpoints>().Map(web);
        web.Services.GetRequiredService<ValueEndpoints>().Map(web);
        web.Services.GetRequiredService<ObjectEndpoints>().Map(web);
        web.Services.GetRequiredService<WorkerEndpoints>().Map(web);
        web.Services.GetRequiredService<CallEndpoints>().Map(web);
        web.Services.GetRequiredService<LogEndpoints>().Map(web);
        return web;
    }

    private static void Configure(ListenOptions listen, HostSettings settings, HostCredentials credentials)
    {
        // The relay is an upgrade, which HTTP/2 does not have.
        listen.Protocols = HttpProtocols.Http1;
        if (!settings.SpeaksTls)
            return;
        SecureHandover handover = listen.ApplicationServices.GetRequiredService<SecureHandover>();
        listen.Use(next => connection => handover.InvokeAsync(connection, next));
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(credentials.TlsOptions()) });
    }

    private void Sweep()
    {
        _workers.Sweep(_period);
        _cleanup.RunIfDue(() => _workers.Deployments().Union(_calls.Deployments()).Union(_names.Deployments()).ToHashSet(StringComparer.Ordinal));
        _lease.Renew();
        KeepFile();
        Forget();
        Rotate();
        if (!_idle.TryEnd(_workers.HasWork || _calls.HasWork || _schedules.KeepsUp || !_names.IsEmpty, _settings.IdleTimeout))
            return;

        _wasIdle = true;
        LogIdle(_idle.Idle.TotalSeconds);
        _web.Lifetime.StopApplication();
    }

    private void Forget()
    {
        try
        {
            _calls.Sweep();
            _objects.Sweep();
        }
        catch (Exception e) when (e is HostRefusal or IOException or UnauthorizedAccessException)
        {
            LogNotForgotten(e.Message);
        }
    }

    private void KeepFile()
    {
        try
        {
            Credentials.Keep();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogFileLost(_folders.HostFile, e.Message);
        }
    }

    private void Rotate()
    {
        try
        {
            if (Credentials.RotateByAge())
                LogRotated();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRotated(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Detached calls and lost objects whose time is over stay for now: {Reason}")]
    private partial void LogNotForgotten(string reason);

    [LoggerMessage(LogLevel.Warning, "{Path} was removed and cannot be written again: {Reason}")]
    private partial void LogFileLost(string path, string reason);

    [LoggerMessage(LogLevel.Information, "What had come of age of the token and the certificate was replaced")]
    private partial void LogRotated();

    [LoggerMessage(LogLevel.Warning, "The token or the certificate has come of age and stays for now, as another one cannot be written: {Reason}")]
    private partial void LogNotRotated(string reason);

    [LoggerMessage(LogLevel.Information, "Host {Name} {Version} (process {ProcessId}) answers at {Address}")]
    private partial void LogStarted(string name, string version, int processId, string address);

    [LoggerMessage(LogLevel.Information, "Idle for {Seconds} s: stopping")]
    private partial void LogIdle(double seconds);

    [LoggerMessage(LogLevel.Information, "Host {Name} stopped")]
    private partial void LogStopped(string name);
}
