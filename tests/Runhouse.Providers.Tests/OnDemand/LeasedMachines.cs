using Runhouse.Providers.Compute;
using Runhouse.Providers.Ec2;
using Runhouse.Providers.Gcp;
using Runhouse.Providers.Leases;
using Runhouse.Providers.Machines;
using Runhouse.Runtime.Client;

namespace Runhouse.Providers.OnDemand;

/// <summary>
/// Clusters on demand as a program uses them: the clouds' clients, servers that speak their protocols, and behind their instances real machines. This process' configuration leads to a
/// home of this run.
/// </summary>
public sealed class LeasedMachines : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("rh-on-demand-").FullName;

    /// <summary>Runhouse's folder of this run.</summary>
    public string Home => _home;

    private readonly NamespaceMachines _ec2Machines = new(hasDotnet: true);

    /// <summary>The server; null where there can be no machines.</summary>
    private FakeEc2? _ec2;

    /// <summary>The server.</summary>
    public FakeEc2 Ec2 => _ec2!;

    /// <summary>The server of Google Cloud.</summary>
    public FakeCompute Google { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Google = await FakeCompute.StartAsync(new NamespaceMachines(hasDotnet: true));
        HastyGcp.Register();
        Environment.SetEnvironmentVariable("RUNHOUSE__Gcp__ServiceUrl", Google.Url);
        Environment.SetEnvironmentVariable("RUNHOUSE__Gcp__Credentials", ServiceAccountKey.Write(Google, file: Path.Combine(_home, "key.json")));
        _ec2 = await FakeEc2.StartAsync(_ec2Machines);
        HastyAws.Register();
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", _home);
        Environment.SetEnvironmentVariable("RUNHOUSE__ConnectTimeout", "60s");
        Environment.SetEnvironmentVariable("RUNHOUSE__Cluster", "on-demand");
        Environment.SetEnvironmentVariable("RUNHOUSE__Aws__ServiceUrl", _ec2.Url);
        Environment.SetEnvironmentVariable("RUNHOUSE__Catalogue__Overrides", "none");
        RunhouseRuntime.Use(null);
    }

    /// <summary>The machines of a cluster that are neither gone nor about to be.</summary>
    /// <param name="cluster">The cluster's name.</param>
    public IEnumerable<Ec2.FakeInstance> AliveOf(string cluster) => Ec2.Alive.Where(one => one.Tags["runhouse-cluster"] == cluster);

    /// <summary>The machine of an instance of EC2, to look into it.</summary>
    /// <param name="id">The instance's id.</param>
    public Ssh.Network.SshTestHost MachineOf(string id) => _ec2Machines.Host(id);

    /// <summary>Skips a test where there can be no machines, and fails it in CI.</summary>
    public void Require() => NamespaceMachines.Require();

    /// <summary>Ends what this program has open, as when it ends.</summary>
    public async Task LeaveAsync() => await RunhouseRuntime.Current.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await RunhouseRuntime.Current.DisposeAsync();
        if (_ec2 is not null)
            await _ec2.DisposeAsync();
        await Google.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }
}
