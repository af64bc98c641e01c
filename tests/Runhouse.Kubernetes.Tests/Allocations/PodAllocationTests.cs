using System.Security.Cryptography;
using k8s;
using k8s.Models;
using Runhouse.Providers.Kubernetes;
using Runhouse.Providers.Kubernetes.Pods;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Kubernetes.Allocations;

/// <summary>What the API has of an allocation, from its first object to the last, whatever happens to those who make it.</summary>
public sealed class PodAllocationTests(TestCluster kubernetes) : IAsyncLifetime
{
    private readonly string _name = $"rh-test-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private readonly List<ApiClient> _clients = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        kubernetes.Require();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Allocations().EndAsync(_name, CancellationToken.None);
        foreach (ApiClient client in _clients)
            client.Dispose();
    }

    [Fact]
    public async Task What_is_asked_for_twice_is_made_once_and_goes_as_a_whole()
    {
        Allocation first = await Allocations().SubmitAsync(Request(2), Stop);
        Allocation second = await Allocations().SubmitAsync(Request(2), Stop);
        Assert.Equal(first.Id, second.Id);
        Allocation running = await UntilAsync(AllocationState.Running);
        Assert.Equal([$"{_name}-0", $"{_name}-1"], running.Nodes.Select(static node => node.Name));
        Assert.Equal(("ada", "Test.1", 2, "default"), (running.Owner, running.Cluster, running.Count, running.Place));
        Assert.Equal(running.Id, Assert.Single(await Allocations().FindAllAsync("ada", Stop), one => one.Name == _name).Id);
        Assert.DoesNotContain(await Allocations().FindAllAsync("nobody", Stop), one => one.Name == _name);

        // Its config map alone: Kubernetes takes the pods along.
        await kubernetes.Api.CoreV1.DeleteNamespacedConfigMapAsync(_name, "default", cancellationToken: Stop);
        while (await Allocations().FindAsync(_name, Stop) is not null)
            await Task.Delay(50, Stop);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task What_a_process_that_died_at_a_request_has_begun_the_next_one_finishes_or_takes_away(int request, bool isCarriedOut)
    {
        // The first that changes something makes the config map, the next two the pods, and the last one says that all are made.
        var death = new Death(request, isCarriedOut);
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            try
            {
                await Allocations(death).SubmitAsync(Request(2), Stop);
            }
            catch (HostUnreachableException e)
            {
                throw e.InnerException!;
            }
        });
        Allocation? left = await Allocations().FindAsync(_name, Stop);
        if (request > 1 || isCarriedOut)
            Assert.Equal((AllocationState.Ended, "not all of its pods were made"), (left!.State, left.Reason));
        else
            Assert.Null(left);

        await Allocations().SubmitAsync(Request(2), Stop);
        await UntilAsync(AllocationState.Running);
        Assert.Equal(2, (await PodsAsync()).Count);
        await Allocations().EndAsync(_name, Stop);
        Assert.Empty(await PodsAsync());
        Assert.Null(await Allocations().FindAsync(_name, Stop));
    }

    [Fact]
    public async Task An_allocation_ends_at_its_deadline_whoever_looks()
    {
        await Allocations().SubmitAsync(Request(1) with { Longest = TimeSpan.FromSeconds(1) }, Stop);
        Allocation ended = await UntilAsync(AllocationState.Ended);
        Assert.StartsWith("DeadlineExceeded", ended.Reason, StringComparison.Ordinal);
        Assert.Equal(WorkerLossReason.Evicted, ended.Loss);
    }

    [Fact]
    public async Task A_pod_whose_host_does_not_come_ends_by_itself_and_the_next_request_makes_that_one_anew()
    {
        await Allocations().SubmitAsync(Request(1) with { BootTime = TimeSpan.FromSeconds(1) }, Stop);
        string first = Assert.Single(await PodsAsync()).Metadata.Uid;
        Allocation ended = await UntilAsync(AllocationState.Ended);
        Assert.Equal(("Completed", null), (ended.Reason, ended.Loss));

        await Allocations().SubmitAsync(Request(1), Stop);
        await UntilAsync(AllocationState.Running);
        Assert.NotEqual(first, Assert.Single(await PodsAsync()).Metadata.Uid);
    }

    [Fact]
    public async Task What_became_of_a_pod_is_known_when_somebody_has_had_another_one_made_in_its_place()
    {
        await Allocations().SubmitAsync(Request(2), Stop);
        Allocation before = await UntilAsync(AllocationState.Running);
        kubernetes.Node.Evict($"{_name}-1");
        Assert.Equal(WorkerLossReason.Evicted, (await UntilAsync(AllocationState.Ended)).For(1).Loss);
        Assert.Equal(AllocationState.Running, (await Allocations().FindAsync(_name, Stop))!.For(0).State);

        await Allocations().SubmitAsync(Request(2) with { Host = 1 }, Stop);
        Allocation after = await UntilAsync(AllocationState.Running);

        Assert.Equal(before.Nodes[0].Id, after.Nodes[0].Id);
        LostNode lost = Assert.Single(after.Lost);
        Assert.Equal(($"{_name}-1", before.Nodes[1].Id, WorkerLossReason.Evicted), (lost.Name, lost.Id, lost.Loss));
        Assert.StartsWith("Evicted: The node was low on resource: memory", lost.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_somebody_has_deleted_was_evicted()
    {
        await Allocations().SubmitAsync(Request(1), Stop);
        await UntilAsync(AllocationState.Running);
        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync($"{_name}-0", "default", new V1DeleteOptions { GracePeriodSeconds = 1 }, cancellationToken: Stop);
        Allocation ended = await UntilAsync(AllocationState.Ended);
        Assert.Equal(($"pod {_name}-0 was deleted", WorkerLossReason.Evicted), (ended.Reason, ended.Loss));
    }

    [Fact]
    public async Task A_namespace_whose_quota_is_used_up_says_which()
    {
        string space = _name;
        await kubernetes.Api.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = space } }, cancellationToken: Stop);
        var quota = new V1ResourceQuota { Metadata = new V1ObjectMeta { Name = "none" }, Spec = new V1ResourceQuotaSpec { Hard = new Dictionary<string, ResourceQuantity> { ["pods"] = new("0") } } };
        await kubernetes.Api.CoreV1.CreateNamespacedResourceQuotaAsync(quota, space, cancellationToken: Stop);
        while ((await kubernetes.Api.CoreV1.ReadNamespacedResourceQuotaAsync("none", space, cancellationToken: Stop)).Status?.Hard is not { Count: > 0 })
            await Task.Delay(50, Stop);

        var error = await Assert.ThrowsAsync<QuotaException>(() => Allocations(options: Options with { Namespace = space }).SubmitAsync(Request(1), Stop));

        Assert.Contains("exceeded quota: none", error.Message, StringComparison.Ordinal);
        await kubernetes.Api.CoreV1.DeleteNamespaceAsync(space, cancellationToken: Stop);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<DeploymentException>(() => Allocations(options: Options with { Namespace = "nowhere" }).SubmitAsync(Request(1), Stop));
        Assert.Contains("kubectl create namespace nowhere", error.Message, StringComparison.Ordinal);
    }

    private KubernetesOptions Options => new() { Kubeconfig = kubernetes.Kubeconfig() };

    private PodAllocations Allocations(Death? death = null, KubernetesOptions? options = null)
    {
        var client = new ApiClient(options ?? Options) { Handlers = death is null ? [] : [death] };
        _clients.Add(client);
        return new PodAllocations(client, options ?? Options, new KubernetesTiming(), TimeProvider.System);
    }

    // The agent's part that matters here: it ends when nobody comes.
    private AllocationRequest Request(int count) => new()
    {
        Name = _name,
        Owner = "ada",
        Cluster = "Test.1",
        Count = count,
        Needs = Resources.None,
        Agent = "trap 'exit 0' TERM; sleep \"$2\" & wait $!",
        BootTime = TimeSpan.FromMinutes(10),
    };

    private async Task<IList<V1Pod>> PodsAsync() => (await kubernetes.Api.CoreV1.ListNamespacedPodAsync("default", labelSelector: PodLabels.Of(_name), cancellationToken: Stop)).Items;

    private async Task<Allocation> UntilAsync(AllocationState state)
    {
        PodAllocations allocations = Allocations();
        while (true)
        {
            if (await allocations.FindAsync(_name, Stop) is { } found && found.State == state)
                return found;
            await Task.Delay(50, Stop);
        }
    }

    // A process that is no more from a request on, before or after it was carried out. What only looks does not count.
    private sealed class Death(int request, bool isCarriedOut) : DelegatingHandler
    {
        private int _requests;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
        {
            bool isLast = message.Method != HttpMethod.Get && ++_requests == request;
            if (isLast && !isCarriedOut)
                throw new HttpRequestException("dead");
            HttpResponseMessage answer = await base.SendAsync(message, cancellationToken);
            return isLast ? throw new HttpRequestException("dead") : answer;
        }
    }
}
