using Runhouse.Runtime.Client;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Benchmarks.Ssh;

/// <summary>
/// This application as its developer edits it while the connection to a machine stays open: a copy of the build whose own assembly changes. The caller
/// that deploys it is made anew each time, as a new build's process is, and is given the open connection.
/// </summary>
internal sealed class EditedApplication : IAsyncDisposable
{
    private readonly string _folder;
    private readonly RunhouseOptions _options;
    private readonly HostClient _host;

    private EditedApplication(string folder, RunhouseOptions options, HostClient host) => (_folder, _options, _host) = (folder, options, host);

    private string Assembly => Path.Combine(_folder, Path.GetFileName(typeof(EditedApplication).Assembly.Location));

    /// <summary>Copies this application's build.</summary>
    /// <param name="cluster">A cluster that is up and has a deployment of it.</param>
    /// <param name="folder">Where to.</param>
    public static async Task<EditedApplication> CreateAsync(Cluster cluster, string folder)
    {
        string own = AppContext.BaseDirectory;
        foreach (string file in Directory.EnumerateFiles(own, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(own, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        RunhouseRuntime runtime = RunhouseRuntime.Current;
        HostClient host = await runtime.Clusters!.Of(cluster).UpAsync(progress: null, CancellationToken.None);
        var application = new EditedApplication(folder, runtime.Options, host);
        AppContext.SetData("APP_CONTEXT_DEPS_FILES", Path.ChangeExtension(application.Assembly, ".deps.json"));
        return application;
    }

    /// <summary>Changes the assembly; the next call deploys it.</summary>
    public async Task EditAsync()
    {
        // Behind its end: what an assembly says does not change by that, and its content does.
        await File.AppendAllTextAsync(Assembly, " ");
        var output = new ConsoleOutput();
        RunhouseHome home = RunhouseHome.Current;
        var clusters = new ClusterConnections([new OpenHostProvider(_host)], new ClusterStore(home, TimeProvider.System), _options, home, output, TimeProvider.System);
        var needs = new LocalNeeds(new Lazy<LocalMachine>(LocalMachine.Detect), strict: false, output, TimeProvider.System);
        RunhouseRuntime.Use(RunhouseRuntime.Create(_options, new WorkerBackend(_options, clusters, needs)));

        // Nobody edits again within the second in which the standby of the next deployment starts.
        await Task.Delay(TimeSpan.FromSeconds(3));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        RunhouseRuntime.Use(null);
        _host.Dispose();
        return default;
    }
}
