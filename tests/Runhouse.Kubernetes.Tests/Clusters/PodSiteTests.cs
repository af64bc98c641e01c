using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>A cluster whose pods are in one namespace of one API, and a configuration that leads to another one, where they are not to be seen.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodSiteTests(TestCluster kubernetes)
{
    private const string Elsewhere = "elsewhere";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pods_of_another_namespace_or_another_API_are_not_taken_for_gone()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("there", Resources.Parse(cpus: "1+", provider: "kubernetes"));
        string pod = await Jobs.Remote.On(cluster).MachineAsync();

        await kubernetes.Api.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = Elsewhere } }, cancellationToken: Stop);
        await using (await TestCluster.ConfigureAsync(("Kubernetes__Namespace", Elsewhere)))
        {
            await AssertRefusedAsync($"namespace {Elsewhere} of https://");
            Assert.DoesNotContain(await Cluster.CollectAsync(cancellationToken: Stop), static one => one.Machine.Cluster == "there");
            await Assert.ThrowsAsync<CredentialsException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
            Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedPodAsync(Elsewhere, cancellationToken: Stop)).Items);
        }

        // Nobody answers there, and nobody needs to.
        string other = Path.Combine(kubernetes.Home, "other.kubeconfig");
        await File.WriteAllTextAsync(other, (await File.ReadAllTextAsync(kubernetes.Kubeconfig(), Stop)).Replace(kubernetes.Api.BaseUri.Authority, "other.invalid:6443", StringComparison.Ordinal), Stop);
        await using (await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", other)))
            await AssertRefusedAsync("namespace default of https://other.invalid:6443");

        Assert.Equal(pod, Assert.Single(await kubernetes.PodsOfAsync("there")).Metadata.Name);
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("there"));
        Assert.DoesNotContain("there", Cluster.Names());

        async Task AssertRefusedAsync(string here)
        {
            var error = await Assert.ThrowsAsync<CredentialsException>(() => Cluster.Get("there").DownAsync(Stop));
            Assert.Contains($"namespace default of {kubernetes.Api.BaseUri.GetLeftPart(UriPartial.Authority)}", error.Message, StringComparison.Ordinal);
            Assert.Contains(here, error.Message, StringComparison.Ordinal);
            Assert.Contains("what led there (the context ", error.Message, StringComparison.Ordinal);
            Assert.Contains("runhouse down there --forget", error.Message, StringComparison.Ordinal);
            ClusterHostStatus host = Assert.Single((await Cluster.Get("there").StatusAsync(Stop)).Hosts);
            Assert.Equal((ClusterHostState.Unknown, error.Message), (host.State, host.Problem));
            Assert.Contains("there", Cluster.Names());
        }
    }
}
