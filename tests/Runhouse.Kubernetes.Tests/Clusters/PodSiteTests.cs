using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>A cluster whose pods are in one namespace of one API, and a configuration that leads to another one, where they are not to be seen.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodSiteTests(TestCluster kubernetes)
{
    private const string Elsewhere = "elsewhere";
    private const string Everything = "everything";

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
            await AssertRefusedAsync($"namespace {Elsewhere} of ");
            Assert.DoesNotContain(await Cluster.CollectAsync(cancellationToken: Stop), static one => one.Machine.Cluster == "there");
            await Assert.ThrowsAsync<CredentialsException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
            Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedPodAsync(Elsewhere, cancellationToken: Stop)).Items);
        }

        // Nobody answers there: whether it is another one is not known.
        await using (await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", await AtAsync("other.invalid:6443"))))
        {
            await Assert.ThrowsAsync<HostUnreachableException>(() => Cluster.Get("there").DownAsync(Stop));
            Assert.Equal(ClusterHostState.Unknown, Assert.Single((await Cluster.Get("there").StatusAsync(Stop)).Hosts).State);
            Assert.Contains("there", Cluster.Names());
        }

        Assert.Equal(pod, Assert.Single(await kubernetes.PodsOfAsync("there")).Metadata.Name);
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("there"));
        Assert.DoesNotContain("there", Cluster.Names());

        async Task AssertRefusedAsync(string here)
        {
            var error = await Assert.ThrowsAsync<CredentialsException>(() => Cluster.Get("there").DownAsync(Stop));
            Assert.Contains("namespace default of the cluster ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"at {kubernetes.Api.BaseUri.GetLeftPart(UriPartial.Authority)}", error.Message, StringComparison.Ordinal);
            Assert.Contains(here, error.Message, StringComparison.Ordinal);
            Assert.Contains("what led there (the context ", error.Message, StringComparison.Ordinal);
            Assert.Contains("runhouse down there --forget", error.Message, StringComparison.Ordinal);
            ClusterHostStatus host = Assert.Single((await Cluster.Get("there").StatusAsync(Stop)).Hosts);
            Assert.Equal((ClusterHostState.Unknown, error.Message), (host.State, host.Problem));
            Assert.Contains("there", Cluster.Names());
        }
    }

    [Fact]
    public async Task Another_address_of_the_same_API_leads_to_the_same_pods()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("alias", Resources.Parse(cpus: "1+", provider: "kubernetes"));
        string pod = await Jobs.Remote.On(cluster).MachineAsync();

        await using (await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", await AtAsync(Alias))))
        {
            Assert.Equal((CollectOutcome.InUse, null), await CollectAsync("alias"));
            Assert.Equal(pod, await Jobs.Remote.On(cluster).MachineAsync());
            Assert.True(await cluster.DownAsync(Stop));
        }

        Assert.Empty(await kubernetes.PodsOfAsync("alias"));
    }

    [Fact]
    public async Task Pods_that_may_be_of_a_cluster_by_another_address_are_not_collected()
    {
        kubernetes.Require();
        await using IAsyncDisposable allowed = await AllowAllOfTheNamespaceAsync();
        Cluster cluster = Cluster.OnDemand("unnamed", Resources.Parse(cpus: "1+", provider: "kubernetes"));

        // Somebody who may not read what names the cluster knows it by its address alone.
        await using (await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", kubernetes.Kubeconfig(TestCluster.User))))
        {
            string pod = await Jobs.Remote.On(cluster).MachineAsync();
            await using (await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", await AtAsync(Alias, TestCluster.User))))
            {
                (CollectOutcome outcome, string? problem) = await CollectAsync("unnamed");
                Assert.Equal(CollectOutcome.InUse, outcome);
                Assert.Contains($"cluster 'unnamed' is saved as namespace default of {kubernetes.Api.BaseUri.GetLeftPart(UriPartial.Authority)}", problem, StringComparison.Ordinal);
                Assert.Contains($"this is namespace default of https://{Alias}", problem, StringComparison.Ordinal);
                Assert.Contains("runhouse down unnamed --forget", problem, StringComparison.Ordinal);
            }

            Assert.Equal(pod, Assert.Single(await kubernetes.PodsOfAsync("unnamed")).Metadata.Name);
            Assert.True(await cluster.DownAsync(Stop));
        }
    }

    private string Alias => kubernetes.Api.BaseUri.Authority.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    private async Task<IAsyncDisposable> AllowAllOfTheNamespaceAsync()
    {
        await kubernetes.Api.RbacAuthorizationV1.CreateNamespacedRoleAsync(
            new V1Role { Metadata = new V1ObjectMeta { Name = Everything }, Rules = [new V1PolicyRule { ApiGroups = [""], Resources = ["*"], Verbs = ["*"] }] }, "default", cancellationToken: Stop);
        await kubernetes.Api.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = Everything },
                RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = Everything },
                Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = TestCluster.User }],
            },
            "default",
            cancellationToken: Stop);
        return new Permission(kubernetes);
    }

    private async Task<string> AtAsync(string authority, string user = "admin")
    {
        string path = Path.Combine(kubernetes.Home, $"{authority.Split(':')[0]}-{user}.kubeconfig");
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(kubernetes.Kubeconfig(user), Stop)).Replace(kubernetes.Api.BaseUri.Authority, authority, StringComparison.Ordinal), Stop);
        return path;
    }

    private static async Task<(CollectOutcome Outcome, string? Problem)> CollectAsync(string cluster)
    {
        CollectedMachine found = Assert.Single(await Cluster.CollectAsync(cancellationToken: Stop), one => one.Machine.Cluster == cluster);
        return (found.Outcome, found.Problem);
    }

    private sealed class Permission(TestCluster kubernetes) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await kubernetes.Api.RbacAuthorizationV1.DeleteNamespacedRoleBindingAsync(Everything, "default", cancellationToken: CancellationToken.None);
            await kubernetes.Api.RbacAuthorizationV1.DeleteNamespacedRoleAsync(Everything, "default", cancellationToken: CancellationToken.None);
        }
    }
}
