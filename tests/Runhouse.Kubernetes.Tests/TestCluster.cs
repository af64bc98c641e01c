using k8s;
using k8s.Models;
using Runhouse.Kubernetes.ControlPlane;
using Runhouse.Kubernetes.Nodes;
using Runhouse.Runtime.Client;

[assembly: AssemblyFixture(typeof(Runhouse.Kubernetes.TestCluster))]

namespace Runhouse.Kubernetes;

/// <summary>
/// The cluster of this test run: a control plane and two nodes, one of them with accelerators. This process' configuration leads there, and to a home of this run. Where there can be none
/// the tests are skipped, except in CI.
/// </summary>
public sealed class TestCluster : IAsyncLifetime
{
    /// <summary>An image that no registry has.</summary>
    public const string MissingImage = "registry.invalid/missing:1";

    /// <summary>A user who may do nothing until a role allows it.</summary>
    public const string User = "ada";

    private readonly string _folder = Directory.CreateTempSubdirectory("rhk-").FullName;
    private readonly List<Kubelet> _nodes = [];
    private string? _obstacle;
    private TestControlPlane? _plane;
    private k8s.Kubernetes? _api;

    /// <summary>The API, as the one who may do everything.</summary>
    public k8s.Kubernetes Api => _api!;

    /// <summary>The node without accelerators.</summary>
    public Kubelet Node => _nodes[0];

    /// <summary>The node with two accelerators of the name <c>a100</c>, which pods without need of them are kept away from.</summary>
    public Kubelet GpuNode => _nodes[1];

    /// <summary>Runhouse's folder of this run.</summary>
    public string Home => Path.Combine(_folder, "home");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _obstacle = await Programs.FindObstacleAsync();
        if (_obstacle is not null)
            return;
        _plane = await TestControlPlane.StartAsync(_folder, User, "bob");
        _api = _plane.Connect();
        _nodes.Add(await StartNodeAsync("plain", new Dictionary<string, string> { ["cpu"] = "8", ["memory"] = "16Gi" }, new Dictionary<string, string>(), taint: null));
        _nodes.Add(await StartNodeAsync(
            "accelerated",
            new Dictionary<string, string> { ["cpu"] = "8", ["memory"] = "16Gi", ["nvidia.com/gpu"] = "2" },
            new Dictionary<string, string> { ["example.org/accelerator"] = "a100", ["topology.kubernetes.io/region"] = "moon" },
            taint: "nvidia.com/gpu"));
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Home);
        Environment.SetEnvironmentVariable("RUNHOUSE__ConnectTimeout", "60s");
        Environment.SetEnvironmentVariable("RUNHOUSE__Cluster", "on-demand");
        Environment.SetEnvironmentVariable("RUNHOUSE__Kubernetes__Kubeconfig", Kubeconfig());
        RunhouseRuntime.Use(null);
    }

    /// <summary>Skips a test where there can be no cluster, and fails it in CI.</summary>
    public void Require()
    {
        if (_obstacle is null)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(_obstacle);
        Assert.Skip(_obstacle);
    }

    /// <summary>The file by which programs find the API as a user.</summary>
    /// <param name="user">The user; the one who may do everything where it is left out.</param>
    public string Kubeconfig(string user = "admin") => _plane!.Kubeconfig(user);

    /// <summary>The pods of a cluster, as the API has them.</summary>
    /// <param name="cluster">The cluster.</param>
    public async Task<IList<V1Pod>> PodsOfAsync(string cluster)
        => (await Api.CoreV1.ListNamespacedPodAsync("default", labelSelector: $"runhouse.dev/cluster={cluster}", cancellationToken: TestContext.Current.CancellationToken)).Items;

    /// <summary>Waits until the pods of a cluster are as they should be.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="isReached">Says whether they are.</param>
    public async Task<IList<V1Pod>> UntilAsync(string cluster, Func<IList<V1Pod>, bool> isReached)
    {
        while (true)
        {
            IList<V1Pod> pods = await PodsOfAsync(cluster);
            if (isReached(pods))
                return pods;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Sets keys of the configuration for as long as the result is not disposed of; what this program has open is ended before and after.</summary>
    /// <param name="keys">The keys, in the form of environment variables behind <c>RUNHOUSE__</c>, and their values.</param>
    public static async Task<IAsyncDisposable> ConfigureAsync(params (string Key, string? Value)[] keys)
    {
        await RunhouseRuntime.Current.DisposeAsync();
        (string Name, string? Value)[] before = [.. keys.Select(static one => ("RUNHOUSE__" + one.Key, Environment.GetEnvironmentVariable("RUNHOUSE__" + one.Key)))];
        foreach ((string key, string? value) in keys)
            Environment.SetEnvironmentVariable("RUNHOUSE__" + key, value);
        RunhouseRuntime.Use(null);
        return new Configuration(before);
    }

    /// <summary>Ends what this program has open, as when it ends.</summary>
    public static async Task LeaveAsync() => await RunhouseRuntime.Current.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_obstacle is null)
        {
            await RunhouseRuntime.Current.DisposeAsync();
            foreach (Kubelet node in _nodes)
                await node.DisposeAsync();
            _api?.Dispose();
            if (_plane is not null)
                await _plane.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Task<Kubelet> StartNodeAsync(string name, Dictionary<string, string> resources, Dictionary<string, string> labels, string? taint)
        => Kubelet.StartAsync(Api, name, _folder, resources, labels, taint, static image => image != MissingImage);

    private sealed class Configuration((string Name, string? Value)[] before) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await RunhouseRuntime.Current.DisposeAsync();
            foreach ((string name, string? value) in before)
                Environment.SetEnvironmentVariable(name, value);
            RunhouseRuntime.Use(null);
        }
    }
}
