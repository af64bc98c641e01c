using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>Remote code in pods, from the first call to the end of the pod.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodClusterTests(TestCluster kubernetes)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_makes_a_pod_and_runs_there_and_down_takes_all_of_it_away()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("first", Needs);

        string name = await Jobs.Remote.On(cluster).MachineAsync();

        V1Pod pod = Assert.Single(await kubernetes.PodsOfAsync("first"));
        Assert.Equal((pod.Metadata.Name, "Running"), (name, pod.Status.Phase));
        Assert.Equal("1", pod.Spec.Containers[0].Resources.Requests["cpu"].ToString());
        ClusterStatus status = await cluster.StatusAsync(Stop);
        Assert.Equal(("kubernetes", ClusterHostState.Up), (status.Provider, Assert.Single(status.Hosts).State));
        Assert.Null(status.Cost);

        using var output = new StringWriter();
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            List<int> numbers = await Jobs.Remote.On(cluster).CountAsync(3).ToListAsync(Stop);
            Assert.Equal([0, 1, 2], numbers);
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Contains("number 2", output.ToString(), StringComparison.Ordinal);
        byte[] much = new byte[20 << 20];
        Random.Shared.NextBytes(much);
        Assert.Equal(much, await Jobs.Remote.On(cluster).EchoAsync(much));

        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("first"));
        Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedConfigMapAsync("default", labelSelector: "runhouse.dev/cluster=first", cancellationToken: Stop)).Items);
        Assert.DoesNotContain("first", Cluster.Names());
    }

    [Fact]
    public async Task A_pod_that_nobody_uses_completes_by_itself_and_the_next_call_makes_another_one()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("idle", Needs).WithAutostop(TimeSpan.FromSeconds(2));
        await Jobs.Remote.On(cluster).MachineAsync();
        string first = Assert.Single(await kubernetes.PodsOfAsync("idle")).Metadata.Uid;

        // This program is connected to its worker, which keeps the pod up, until it lets go.
        await TestCluster.LeaveAsync();
        await kubernetes.UntilAsync("idle", static pods => pods is [{ Status.Phase: "Succeeded" }]);
        Assert.Equal(ClusterHostState.Down, Assert.Single((await cluster.StatusAsync(Stop)).Hosts).State);

        await Jobs.Remote.On(cluster).MachineAsync();
        V1Pod second = Assert.Single(await kubernetes.PodsOfAsync("idle"));
        Assert.NotEqual(first, second.Metadata.Uid);
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("idle"));
    }

    [Fact]
    public async Task Pods_that_belong_together_are_hosts_of_one_cluster()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("gang", Needs, count: 2);
        string[] names = await Task.WhenAll(Jobs.Remote.On(cluster.Host(0)).MachineAsync().AsTask(), Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask());
        Assert.Equal((await kubernetes.PodsOfAsync("gang")).Select(static pod => pod.Metadata.Name).Order(), names.Order());
        Assert.Equal(2, names.Distinct().Count());
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("gang"));
    }

    [Fact]
    public async Task Code_that_names_no_cluster_runs_in_a_pod_that_is_made_for_what_it_needs()
    {
        kubernetes.Require();
        string name = await Jobs.Remote.MachineOfAnyClusterAsync();
        Cluster cluster = Cluster.Get((await kubernetes.Api.CoreV1.ReadNamespacedPodAsync(name, "default", cancellationToken: Stop)).GetLabel("runhouse.dev/cluster"));
        Assert.Equal("kubernetes", (await cluster.StatusAsync(Stop)).Provider);
        Assert.True(await cluster.DownAsync(Stop));
    }
}
