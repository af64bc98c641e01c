using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>Pods that belong together, of which one ends: its own calls are told, and the others go on.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodGangTests(TestCluster kubernetes)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_of_several_that_ends_is_told_to_its_own_calls_and_made_anew_while_the_others_go_on()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("partly", Needs, count: 2);
        (Task first, Task second) = await BeginAsync(cluster);
        string[] before = await IdsAsync("partly");

        Task<string> waiting;
        await CordonAsync(true);
        try
        {
            kubernetes.Node.Evict((await kubernetes.PodsOfAsync("partly")).Single(static pod => pod.GetLabel("runhouse.dev/host") == "1").Metadata.Name);
            var error = await Assert.ThrowsAsync<WorkerLostException>(() => second);
            Assert.Equal(WorkerLossReason.Evicted, error.Reason);
            Assert.Contains("-1 of kubernetes rh-partly-", error.Message, StringComparison.Ordinal);
            Assert.Contains("low on resource: memory", error.Message, StringComparison.Ordinal);

            // No node takes the one that is made in its place, and its call waits; the other pod's calls do not.
            waiting = Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask();
            await kubernetes.UntilAsync("partly", static pods => pods.Any(static pod => pod.Status.Phase == "Pending"));
            Assert.EndsWith("-0", await Jobs.Remote.On(cluster.Host(0)).MachineAsync(), StringComparison.Ordinal);
            Assert.Equal([ClusterHostState.Up, ClusterHostState.Queued], (await cluster.StatusAsync(Stop)).Hosts.Select(static host => host.State));
            Assert.False(first.IsCompleted);
        }
        finally
        {
            await CordonAsync(false);
        }

        Assert.EndsWith("-1", await waiting, StringComparison.Ordinal);
        string[] after = await IdsAsync("partly");
        Assert.Equal(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("partly"));
        await Assert.ThrowsAsync<WorkerLostException>(() => first);
    }

    [Fact]
    public async Task A_pod_that_cannot_be_made_anew_is_given_back_alone()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("rest", Needs, count: 2);
        (Task first, Task second) = await BeginAsync(cluster);
        string[] before = await IdsAsync("rest");
        string name = (await kubernetes.PodsOfAsync("rest")).Single(static pod => pod.GetLabel("runhouse.dev/host") == "1").Metadata.Name;
        kubernetes.Node.Evict(name);
        await Assert.ThrowsAsync<WorkerLostException>(() => second);
        Assert.False(first.IsCompleted);

        await using (await TestCluster.ConfigureAsync(("Kubernetes__Image", TestCluster.MissingImage)))
        {
            var error = await Assert.ThrowsAsync<DeploymentException>(() => Jobs.Remote.On(cluster.Host(1)).MachineAsync().AsTask());
            Assert.Contains($"pod {name}, container runhouse: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("It was given back.", error.Message, StringComparison.Ordinal);
            Assert.EndsWith("-0", await Jobs.Remote.On(cluster.Host(0)).MachineAsync(), StringComparison.Ordinal);
            Assert.Equal(before[0], Assert.Single(await kubernetes.PodsOfAsync("rest")).Metadata.Uid);
        }

        Assert.EndsWith("-1", await Jobs.Remote.On(cluster.Host(1)).MachineAsync(), StringComparison.Ordinal);
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("rest"));
        await Assert.ThrowsAsync<WorkerLostException>(() => first);
    }

    [Fact]
    public async Task Pods_that_belong_together_begin_together_or_not_at_all()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("OnDemand__QueueTime", "3s"));

        // One node has room for one of them.
        Cluster cluster = Cluster.OnDemand("halves", Resources.Parse(cpus: "5+", provider: "kubernetes"), count: 2);
        var error = await Assert.ThrowsAsync<CapacityException>(() => Jobs.Remote.On(cluster.Host(0)).MachineAsync().AsTask());
        Assert.Contains("Insufficient cpu", error.Message, StringComparison.Ordinal);
        Assert.Empty(await kubernetes.PodsOfAsync("halves"));
    }

    // A call on each of both hosts, which go on.
    private static async Task<(Task First, Task Second)> BeginAsync(Cluster cluster)
    {
        using var output = new StringWriter();
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            Task first = Jobs.Remote.On(cluster.Host(0)).WaitAsync(Stop), second = Jobs.Remote.On(cluster.Host(1)).WaitAsync(Stop);
            while (output.ToString().Split("begun").Length < 3)
            {
                if (first.IsFaulted || second.IsFaulted)
                    await Task.WhenAll(first, second);
                await Task.Delay(20, Stop);
            }

            return (first, second);
        }
        finally
        {
            Console.SetOut(console);
        }
    }

    private async Task<string[]> IdsAsync(string cluster) => [.. (await kubernetes.PodsOfAsync(cluster)).OrderBy(static pod => pod.Metadata.Name, StringComparer.Ordinal).Select(static pod => pod.Metadata.Uid)];

    private Task<V1Node> CordonAsync(bool isCordoned)
        => kubernetes.Api.CoreV1.PatchNodeAsync(new V1Patch(new V1Node { Spec = new V1NodeSpec { Unschedulable = isCordoned } }, V1Patch.PatchType.StrategicMergePatch), kubernetes.Node.Name, cancellationToken: Stop);
}
