using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Providers;

namespace Runhouse.Runtime.Tests.Clusters;

public sealed class DefaultClusterTests : IDisposable
{
    private static readonly ClusterSpec Box = new() { Name = "box", Provider = "ssh", Hosts = ["ada@10.0.0.7"] };

    private readonly TemporaryFolder _home = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public void This_machines_host_stops_as_the_configuration_says()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Cluster.Local().WithAutostop(Timeout.InfiniteTimeSpan));
        Assert.Contains("Runhouse:Local:IdleTimeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cluster_of_the_configuration_is_read_once_and_again_when_it_was_taken_down()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await using var clusters = new ClusterConnections([], store, new RunhouseOptions { Cluster = "box" }, new RunhouseHome(_home.Path), new ConsoleOutput(), TimeProvider.System);
        Assert.Throws<RemoteNotFoundException>(() => clusters.Default);
        await store.SaveAsync(Box, Stop);
        Cluster found = clusters.Default;
        Assert.Equal(Box, found.Spec);
        Assert.True(await store.RemoveAsync("box", static _ => Task.FromResult(false), Stop));
        Assert.Same(found, clusters.Default);
        await clusters.ForgetAsync(Box);
        Assert.Throws<RemoteNotFoundException>(() => clusters.Default);
    }

    [Fact]
    public async Task A_saved_cluster_remembers_that_it_has_an_image_whoever_saves_it_next()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await store.SaveAsync(Box, Stop);
        Assert.False(store.Find("box")!.HasImage);
        await store.SaveAsync(Box with { HasImage = true }, Stop);
        await store.SaveAsync(Box with { Autostop = TimeSpan.FromHours(1) }, Stop);
        Assert.Equal((true, TimeSpan.FromHours(1)), (store.Find("box")!.HasImage, store.Find("box")!.Autostop));
    }

    [Fact]
    public async Task What_a_declaration_leaves_open_stays_as_it_is_saved()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await store.SaveAsync(Box with { Autostop = TimeSpan.FromHours(1), OpenPort = 8443 }, Stop);
        await store.SaveAsync(Box, Stop);
        Assert.Equal((TimeSpan.FromHours(1), 8443), (store.Find("box")!.Autostop, store.Find("box")!.OpenPort));
        await store.SaveAsync(Box with { Autostop = TimeSpan.FromHours(2), OpenPort = 0 }, Stop);
        Assert.Equal((TimeSpan.FromHours(2), 0), (store.Find("box")!.Autostop, store.Find("box")!.OpenPort));
    }

    [Fact]
    public async Task A_host_is_started_with_what_is_saved_where_the_declaration_leaves_it_open()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await store.SaveAsync(Box with { Autostop = TimeSpan.FromHours(1), OpenPort = 8443 }, Stop);
        var provider = new AskedProvider();
        await using var clusters = new ClusterConnections([provider], store, new RunhouseOptions(), new RunhouseHome(_home.Path), new ConsoleOutput(), TimeProvider.System);
        ClusterConnection connection = clusters.Of(Cluster.Ssh("box", "ada@10.0.0.7"));
        await Assert.ThrowsAsync<HostUnreachableException>(() => connection.UpAsync(progress: null, Stop));
        Assert.Equal((TimeSpan.FromHours(1), 8443), (provider.Asked!.Autostop, provider.Asked.HostPort));

        // Calls go by what the declaration itself says: SSH carries them.
        Assert.Null(provider.Asked.OpenPort);
    }

    [Fact]
    public async Task A_cluster_that_was_brought_up_again_while_it_was_taken_down_stays_saved()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await store.SaveAsync(Box, Stop);
        Assert.False(await store.RemoveAsync("box", static _ => Task.FromResult(true), Stop));
        Assert.Equal(Box, store.Find("box"));

        // Who brings it up while it is looked for saves it behind the removal.
        Task<ClusterSpec>? saving = null;
        Assert.True(await store.RemoveAsync("box", IsDownAsync, Stop));
        await saving!;
        Assert.Equal(Box, store.Find("box"));

        Task<bool> IsDownAsync(CancellationToken cancellationToken)
        {
            saving = store.SaveAsync(Box, cancellationToken);
            return Task.FromResult(false);
        }
    }

    [Fact]
    public async Task A_damaged_file_of_one_cluster_hides_no_other()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await store.SaveAsync(Box, Stop);
        await File.WriteAllTextAsync(Path.Combine(new RunhouseHome(_home.Path).Clusters, "bad.json"), "{", Stop);
        Assert.Equal(["bad", "box"], store.Names());
        Assert.Equal(Box, store.Find("box"));
        Assert.Contains("bad, box", Assert.Throws<RemoteNotFoundException>(() => Cluster.Get("nosuch", store)).Message, StringComparison.Ordinal);
    }

    /// <summary>Has no host, and keeps which cluster it was asked for one of.</summary>
    private sealed class AskedProvider : Provider
    {
        public ClusterSpec? Asked { get; private set; }

        public override string Name => "ssh";

        public override Task<HostClient> GetHostAsync(
            ClusterSpec cluster, int host, HostClient? lost, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
        {
            Asked = cluster;
            throw new HostUnreachableException("Nobody is there.");
        }

        public override Task<HostClient?> FindHostAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => Task.FromResult<HostClient?>(null);

        public override Task<bool> DownAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => Task.FromResult(false);

        public override Task<IReadOnlyList<Finding>> CheckAsync(ClusterSpec cluster, int host, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([]);

        public override ValueTask DisposeAsync() => default;
    }
}
