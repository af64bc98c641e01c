using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Client.Inline;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers;
using Runhouse.Runtime.Providers.Local;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Client;

/// <summary>The composition of the caller's side: made on first use from the configuration, or by <c>AddRunhouse</c>.</summary>
internal sealed class RunhouseRuntime : IAsyncDisposable, IDisposable
{
    private static readonly Lock Gate = new();

    // A worker that cannot be told is not waited for, nor is it an error of a program that ends: it learns by the end of the connection, and by the grace period.
    private static readonly TimeSpan Goodbye = TimeSpan.FromMilliseconds(500);

    private static volatile RunhouseRuntime? _current;
    private static Action<RunhouseOptions>? _prepared;

    // A program that ends as programs do leaves its workers at once, instead of at the end of the time in which it could have come back.
    static RunhouseRuntime() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => _current?.Leave();

    private RunhouseRuntime(RunhouseOptions options, RemoteBackend backend) => (Options, Backend) = (options, backend);

    /// <summary>The runtime of this process.</summary>
    public static RunhouseRuntime Current => _current ?? MakeCurrent();

    /// <summary>The configuration.</summary>
    public RunhouseOptions Options { get; }

    /// <summary>What carries out calls.</summary>
    public RemoteBackend Backend { get; }

    /// <summary>The clusters; null where calls run in this process.</summary>
    public ClusterConnections? Clusters { get; private init; }

    /// <summary>Composes a runtime.</summary>
    /// <param name="configuration">The application's own configuration; null when it has none.</param>
    /// <param name="configure">Changes options last.</param>
    /// <param name="loggers">Where remote output goes; null for the console.</param>
    /// <param name="time">The clock.</param>
    public static RunhouseRuntime Create(
        IConfiguration? configuration = null, Action<RunhouseOptions>? configure = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        RunhouseHome home = RunhouseHome.Current;
        RunhouseOptions options = OptionsLoader.Load(home, configuration);
        configure?.Invoke(options);
        time ??= TimeProvider.System;
        RemoteOutput output = loggers is null ? new ConsoleOutput() : new LoggerOutput(loggers);
        if (options.Mode == RunhouseMode.Inline)
        {
            var inline = new InlineRuntime(options.Limits, time, (level, category, text) =>
                output.Write(new LogRecord(0, time.GetUtcNow(), level, category, text)));
            return new RunhouseRuntime(options, new InlineBackend(inline, options.Calls));
        }

        var store = new ClusterStore(home, time);
        var leases = new LeaseStore(home);
        var clouds = new CloudSet(options.OnDemand, time);
        var schedulers = new SchedulerSet(options, time);
        string Owner() => MachineOwner.Of(home);
        var keeper = new LeaseKeeper(leases, clouds, () => MachineCatalogue.Load(home, options.Catalogue), options.OnDemand, Owner, time);
        var runtimes = new ComposedRuntimes(home.Runtimes, time);
        Provider[] providers =
        [
            new LocalProvider(home, options, () => HostProgram.Find(new HostInstallation(home.Programs, time).Install(HostProgram.BuildDirectory)), time),
            new SshProvider(options, runtimes, target => new SshMachine(SshTarget.Parse(target), SshSettings.From(options), time), time),
            new OnDemandProvider(options, runtimes, leases, keeper, clouds, time),
            .. MachineProviders.SchedulerNames.Select(name => new AllocationProvider(name, options, runtimes, schedulers.Of(name), leases, store, Owner, time)),
        ];
        var needs = new LocalNeeds(new Lazy<LocalMachine>(LocalMachine.Detect), options.Local.Strict, output, time);
        var clusters = new ClusterConnections(providers, store, options, home, output, time)
        {
            Clouds = clouds,
            Volumes = new LeaseVolumes(leases, clouds, Owner, time),
            Collector = new LeaseCollector(leases, keeper, clouds, options.OnDemand.StoppedTime, Owner, time),
            Allocations = new AllocationCollector(schedulers, store, leases, options.OnDemand.QueueTime, Owner, time),
        };
        return new RunhouseRuntime(options, new WorkerBackend(options, clusters, needs)) { Clusters = clusters };
    }

    /// <summary>Composes a runtime around a backend.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="backend">What carries out calls.</param>
    public static RunhouseRuntime Create(RunhouseOptions options, RemoteBackend backend) => new(options, backend);

    /// <summary>Makes a runtime the one of this process.</summary>
    /// <param name="runtime">The runtime; null to make one anew from the configuration when it is next asked for.</param>
    public static void Use(RunhouseRuntime? runtime)
    {
        lock (Gate)
            _current = runtime;
    }

    /// <summary>Lets options set in code hold for calls that are made before the container that sets them has made anything.</summary>
    /// <param name="configure">Changes options last.</param>
    public static void Prepare(Action<RunhouseOptions> configure)
    {
        lock (Gate)
            (_prepared, _current) = (configure, null);
    }

    /// <summary>Closes the connections. Plain remote calls that follow are served by a runtime made anew from the configuration.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (Gate)
        {
            if (_current == this)
                _current = null;
        }

        await Backend.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Leave()
    {
        if (Clusters is { } clusters)
            Task.WhenAny(Task.Run(clusters.LeaveAsync), Task.Delay(Goodbye)).Wait();
    }

    private static RunhouseRuntime MakeCurrent()
    {
        lock (Gate)
            return _current ??= Create(configure: _prepared);
    }
}
