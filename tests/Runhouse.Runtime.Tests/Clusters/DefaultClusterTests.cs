using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Tests.Clusters;

public sealed class DefaultClusterTests : IDisposable
{
    private static readonly ClusterSpec Box = new() { Name = "box", Provider = "ssh", Hosts = ["ada@10.0.0.7"] };

    private readonly TemporaryFolder _home = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_cluster_of_the_configuration_is_read_once_and_again_when_it_was_taken_down()
    {
        var store = new ClusterStore(new RunhouseHome(_home.Path), TimeProvider.System);
        await using var clusters = new ClusterConnections([], store, new RunhouseOptions { Cluster = "box" }, new RunhouseHome(_home.Path), new ConsoleOutput(), TimeProvider.System);
        Assert.Throws<RemoteNotFoundException>(() => clusters.Default);
        await store.SaveAsync(Box, Stop);
        Cluster found = clusters.Default;
        Assert.Equal(Box, found.Spec);
        await store.RemoveAsync("box", Stop);
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
}
