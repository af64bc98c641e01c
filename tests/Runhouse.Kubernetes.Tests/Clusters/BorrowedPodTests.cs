using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>Pods of the user's own, made by a manifest of theirs: they become hosts, and stay when the cluster is taken down.</summary>
[Collection(ClusterCollection.Name)]
public sealed class BorrowedPodTests(TestCluster kubernetes) : IAsyncLifetime
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        kubernetes.Require();
        await kubernetes.Api.AppsV1.CreateNamespacedDeploymentAsync(
            KubernetesYaml.Deserialize<V1Deployment>("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: mine}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: mine}}
                  template:
                    metadata: {labels: {app: mine, tier: gpu}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - {name: main, image: mine:1, command: [sleep, infinity], resources: {limits: {memory: 2Gi}}}
                """),
            "default",
            cancellationToken: Stop);
        await UntilTwoRunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await kubernetes.Api.AppsV1.DeleteNamespacedDeploymentAsync("mine", "default", propagationPolicy: "Background", cancellationToken: CancellationToken.None);
        while ((await PodsAsync()).Count > 0)
            await Task.Delay(50, CancellationToken.None);
    }

    [Fact]
    public async Task Pods_that_exist_are_hosts_and_stay_when_the_cluster_is_taken_down()
    {
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Selector", "app=mine,tier in (gpu)"));
        string[] before = [.. (await PodsAsync()).Select(static pod => pod.Metadata.Uid)];
        Cluster cluster = Cluster.OnDemand("borrowed", Needs, count: 2);

        string[] names = await Task.WhenAll(Jobs.Remote.On(cluster.Host(0)).MachineAsync().AsTask(), Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask());

        Assert.Equal((await PodsAsync()).Select(static pod => pod.Metadata.Name), names);
        Assert.Empty(await kubernetes.PodsOfAsync("borrowed"));
        Assert.All((await cluster.StatusAsync(Stop)).Hosts, static host => Assert.Equal(ClusterHostState.Up, host.State));
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Equal(before, (await PodsAsync()).Select(static pod => pod.Metadata.Uid));
        Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedConfigMapAsync("default", labelSelector: "runhouse.dev/cluster=borrowed", cancellationToken: Stop)).Items);
        Assert.DoesNotContain("Runhouse.Host", await ProcessesAsync(names[0]), StringComparison.Ordinal);

        // They can be taken again.
        Assert.Equal(names[0], await Jobs.Remote.On(cluster.Host(0)).MachineAsync());
        Assert.Contains("Runhouse.Host", await ProcessesAsync(names[0]), StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Clusters_with_the_same_labels_have_pods_of_their_own_as_long_as_there_are_enough()
    {
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Selector", "app=mine"));
        Cluster[] clusters = [Cluster.OnDemand("mine-a", Needs), Cluster.OnDemand("mine-b", Needs)];

        string[] names = await Task.WhenAll(clusters.Select(static cluster => Jobs.Remote.On(cluster).MachineAsync().AsTask()));

        Assert.Equal((await PodsAsync()).Select(static pod => pod.Metadata.Name), names.Order(StringComparer.Ordinal));
        var error = await Assert.ThrowsAsync<DeploymentException>(() => Jobs.Remote.On(Cluster.OnDemand("mine-c", Needs)).MachineAsync().AsTask());
        Assert.Contains("of which namespace default has 0 that run or are about to, besides those of 'mine-a', 'mine-b'", error.Message, StringComparison.Ordinal);
        Assert.Contains("(runhouse down mine-a)", error.Message, StringComparison.Ordinal);

        // One that is given back can be taken.
        Assert.True(await clusters[0].DownAsync(Stop));
        Assert.Equal(names[0], await Jobs.Remote.On(Cluster.OnDemand("mine-c", Needs)).MachineAsync());
        Assert.Equal(names[1], await Jobs.Remote.On(clusters[1]).MachineAsync());
        Assert.True(await clusters[1].DownAsync(Stop));
        Assert.True(await Cluster.Get("mine-c").DownAsync(Stop));
    }

    [Fact]
    public async Task A_pod_that_its_owner_replaces_is_replaced_as_a_host_too()
    {
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Selector", "app=mine"));
        Cluster cluster = Cluster.OnDemand("replaced", Needs, count: 2);
        string first = await Jobs.Remote.On(cluster.Host(0)).MachineAsync();
        string second = await Jobs.Remote.On(cluster.Host(1)).MachineAsync();
        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(second, "default", cancellationToken: Stop);
        await UntilTwoRunAsync(gone: second);

        string third;
        try
        {
            third = await Jobs.Remote.On(cluster.Host(1)).MachineAsync();
        }
        catch (WorkerLostException lost) when (lost.Message.Contains(second, StringComparison.Ordinal))
        {
            // A call that comes before the connection is known to be over has no outcome, and says what to do.
            Assert.EndsWith("Call again: another machine is asked for, with another host.", lost.Message, StringComparison.Ordinal);
            third = await Jobs.Remote.On(cluster.Host(1)).MachineAsync();
        }

        Assert.Equal(first, await Jobs.Remote.On(cluster.Host(0)).MachineAsync());
        Assert.NotEqual(first, third);
        Assert.NotEqual(second, third);
        Assert.Contains(await PodsAsync(), pod => pod.Metadata.Name == third);
        Assert.True(await cluster.DownAsync(Stop));
    }

    [Fact]
    public async Task Too_few_pods_with_the_labels_are_an_error_that_says_how_to_see_them()
    {
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Selector", "app=mine"));
        var error = await Assert.ThrowsAsync<DeploymentException>(() => Jobs.Remote.On(Cluster.OnDemand("few", Needs, count: 3)).MachineAsync().AsTask());
        Assert.Contains("asks for 3 pods with the labels app=mine (Runhouse:Kubernetes:Selector), of which namespace default has 2 that run", error.Message, StringComparison.Ordinal);
        Assert.Contains("kubectl get pods --namespace default --selector 'app=mine'", error.Message, StringComparison.Ordinal);
        Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedConfigMapAsync("default", labelSelector: "runhouse.dev/cluster=few", cancellationToken: Stop)).Items);
    }

    private async Task<IList<V1Pod>> PodsAsync()
        => [.. (await kubernetes.Api.CoreV1.ListNamespacedPodAsync("default", labelSelector: "app=mine", cancellationToken: CancellationToken.None)).Items.OrderBy(static pod => pod.Metadata.Name, StringComparer.Ordinal)];

    private async Task UntilTwoRunAsync(string? gone = null)
    {
        while (await PodsAsync() is not [{ Status.Phase: "Running" }, { Status.Phase: "Running" }] pods || pods.Any(pod => pod.Metadata.Name == gone))
            await Task.Delay(50, Stop);
    }

    // The command lines of all processes in a pod.
    private async Task<string> ProcessesAsync(string pod)
    {
        string text = "";
        await kubernetes.Api.NamespacedPodExecAsync(
            pod, "default", "main", ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"], tty: false,
            async (_, output, _) => text = await new StreamReader(output).ReadToEndAsync(Stop), Stop);
        return text;
    }
}
