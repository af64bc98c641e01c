using k8s;
using k8s.Models;
using Runhouse.Kubernetes.App;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>What becomes of calls whose pod cannot be had, or ends under them: an error with Kubernetes' own reason.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodFailureTests(TestCluster kubernetes)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pod_that_fits_on_no_node_is_waited_for_with_the_schedulers_words_and_then_given_back()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("OnDemand__QueueTime", "3s"));
        var lines = new List<string?>();
        Cluster cluster = Cluster.OnDemand("huge", Resources.Parse(cpus: "64", provider: "kubernetes"));

        var error = await Assert.ThrowsAsync<CapacityException>(() => cluster.UpIfNotAsync(new Lines(lines), Stop));

        Assert.Contains("Insufficient cpu", error.Message, StringComparison.Ordinal);
        Assert.Contains(lines, static line => line?.Contains("Insufficient cpu", StringComparison.Ordinal) == true);
        Assert.Empty(await kubernetes.PodsOfAsync("huge"));
    }

    [Fact]
    public async Task An_image_that_cannot_be_had_is_said_at_once()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Image", TestCluster.MissingImage));

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Cluster.OnDemand("imageless", Needs).UpIfNotAsync(cancellationToken: Stop));

        Assert.Contains(TestCluster.MissingImage, error.Message, StringComparison.Ordinal);
        Assert.Contains("ImagePull", error.Message, StringComparison.Ordinal);
        Assert.Empty(await kubernetes.PodsOfAsync("imageless"));
    }

    [Theory]
    [InlineData("containers: [{name: beside, image: registry.invalid/missing:1}]", "container beside: ErrImagePull: rpc error")]
    [InlineData("containers: [{name: runhouse, env: [{name: KEY, valueFrom: {secretKeyRef: {name: absent, key: key}}}]}]", "container runhouse: CreateContainerConfigError: secret \"absent\" not found")]
    [InlineData("volumes: [{name: data, secret: {secretName: absent}}]", "FailedMount: MountVolume.SetUp failed for volume \"data\" : secret \"absent\" not found")]
    public async Task A_pod_that_cannot_start_says_what_it_lacks_and_leaves_nothing(string spec, string said)
    {
        kubernetes.Require();
        string template = Path.Combine(Directory.CreateDirectory(kubernetes.Home).FullName, Path.GetRandomFileName());
        await File.WriteAllTextAsync(template, $"spec: {{{spec}}}\n", Stop);
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Template", template));

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Jobs.Remote.On(Cluster.OnDemand("lacking", Needs)).MachineAsync().AsTask());

        Assert.Contains("says 'pod rh-lacking-", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("It was given back. Correct what it names", error.Message, StringComparison.Ordinal);
        Assert.Empty(await kubernetes.PodsOfAsync("lacking"));
        Assert.Empty((await kubernetes.Api.CoreV1.ListNamespacedConfigMapAsync("default", labelSelector: "runhouse.dev/cluster=lacking", cancellationToken: Stop)).Items);
        Assert.DoesNotContain("lacking", Cluster.Names());
    }

    [Fact]
    public async Task A_call_that_takes_more_memory_than_its_pod_may_have_is_told_so()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("hungry", Resources.Parse(cpus: "1+", memory: "1", provider: "kubernetes"));

        var error = await Assert.ThrowsAsync<WorkerLostException>(() => Jobs.Remote.On(cluster).DevourAsync().AsTask());

        Assert.Equal(WorkerLossReason.OutOfMemory, error.Reason);
        Assert.Contains("OOMKilled", error.Message, StringComparison.Ordinal);
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task A_call_whose_pod_is_evicted_is_told_so_and_the_next_one_has_another_pod()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("evicted", Needs);
        string pod = await Jobs.Remote.On(cluster).MachineAsync();

        WorkerLostException error = await LoseAsync(cluster, () =>
        {
            kubernetes.Node.Evict(pod);
            return Task.CompletedTask;
        });

        Assert.Equal(WorkerLossReason.Evicted, error.Reason);
        Assert.Contains("low on resource: memory", error.Message, StringComparison.Ordinal);
        Assert.Equal(pod, await Jobs.Remote.On(cluster).MachineAsync());
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task A_call_whose_pod_makes_room_for_a_more_important_one_is_told_so()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await GraceAsync(6);
        Cluster cluster = Cluster.OnDemand("preempted", Resources.Parse(cpus: "5+", provider: "kubernetes"));
        await Jobs.Remote.On(cluster).MachineAsync();
        await kubernetes.Api.SchedulingV1.CreatePriorityClassAsync(new V1PriorityClass { Metadata = new V1ObjectMeta { Name = "important" }, Value = 1000 }, cancellationToken: Stop);

        WorkerLostException error = await LoseAsync(cluster, () => kubernetes.Api.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = "important" },
                Spec = new V1PodSpec
                {
                    PriorityClassName = "important",
                    Containers = [new V1Container { Name = "one", Image = "any", Command = ["sleep", "infinity"], Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("5") } } }],
                },
            },
            "default",
            cancellationToken: Stop));

        Assert.Equal(WorkerLossReason.Preempted, error.Reason);
        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync("important", "default", new V1DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken: Stop);
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task Code_in_a_pod_that_is_drained_is_told_until_when_it_can_save_what_it_has()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await GraceAsync(9);
        Cluster cluster = Cluster.OnDemand("drained", Needs);
        string pod = await Jobs.Remote.On(cluster).MachineAsync();
        Task<DateTimeOffset?> told = Task.FromResult<DateTimeOffset?>(null);
        DateTimeOffset deleted = default;

        WorkerLostException error = await LoseAsync(cluster, async () =>
        {
            told = Jobs.Remote.On(cluster).UntilEndingAsync(Stop);
            deleted = (await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(pod, "default", cancellationToken: Stop)).Metadata.DeletionTimestamp!.Value;
        });

        // Its result comes home, and is before the end of what does not listen.
        Assert.InRange((await told)!.Value, deleted.AddSeconds(-9), deleted);
        Assert.Equal(WorkerLossReason.Evicted, error.Reason);
        Assert.Contains($"pod {pod} is being deleted", error.Message, StringComparison.Ordinal);
        Assert.Equal(WorkerLossReason.Preempted, Assert.IsType<WorkerLostException>(error.InnerException).Reason);
        Assert.Equal(pod, await Jobs.Remote.On(cluster).MachineAsync());
        await cluster.DownAsync(Stop);
    }

    [Theory]
    [InlineData("TerminationTarget", "WorkloadEvictedDueToPreempted", "Preempted to accommodate a workload", WorkerLossReason.Preempted)]
    [InlineData("TerminationTarget", "WorkloadEvictedDueToPodsReadyTimeout", "Exceeded the PodsReady timeout", WorkerLossReason.Evicted)]
    [InlineData("DisruptionTarget", "EvictionByEvictionAPI", "Eviction API: evicting", WorkerLossReason.Evicted)]
    public async Task Who_has_a_pod_deleted_says_why_in_a_condition(string type, string reason, string message, WorkerLossReason loss)
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await GraceAsync(3);
        Cluster cluster = Cluster.OnDemand("withdrawn", Needs);
        string pod = await Jobs.Remote.On(cluster).MachineAsync();

        WorkerLostException error = await LoseAsync(cluster, async () =>
        {
            var status = new V1PodStatus { Conditions = [new V1PodCondition { Type = type, Status = "True", Reason = reason, Message = message }] };
            await kubernetes.Api.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch(new V1Pod { Status = status }, V1Patch.PatchType.StrategicMergePatch), pod, "default", cancellationToken: Stop);
            await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(pod, "default", cancellationToken: Stop);
        });

        Assert.Equal(loss, error.Reason);
        Assert.Contains($"{reason}: {message}", error.Message, StringComparison.Ordinal);
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task An_object_in_a_pod_that_is_drained_goes_on_from_its_last_state_in_the_next_one()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await GraceAsync(9);
        Cluster cluster = Cluster.OnDemand("counting", Needs);
        await using TallyRemote tally = await Tally.Remote.On(cluster).Named("tally").CreateAsync();
        for (int i = 1; i <= 3; i++)
            Assert.Equal(i, await tally.AddAsync());
        V1Pod first = Assert.Single(await kubernetes.PodsOfAsync("counting"));

        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(first.Metadata.Name, "default", cancellationToken: Stop);
        await kubernetes.UntilAsync("counting", static pods => pods.Count == 0);

        Assert.Equal(4, await tally.AddAsync());
        Assert.NotEqual(first.Metadata.Uid, Assert.Single(await kubernetes.PodsOfAsync("counting")).Metadata.Uid);
        await cluster.DownAsync(Stop);
    }

    [Fact]
    public async Task Who_takes_a_cluster_down_does_not_wait_for_what_its_code_would_save()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("unwanted", Needs);
        await Jobs.Remote.On(cluster).MachineAsync();
        using var output = new StringWriter();
        await LoseAsync<Exception>(() => Jobs.Remote.On(cluster).UntilEndingAsync(Stop), () => cluster.DownAsync(Stop), output);
        Assert.DoesNotContain("told", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(await kubernetes.PodsOfAsync("unwanted"));
    }

    [Fact]
    public async Task Who_may_not_make_pods_is_told_which_verb_on_which_resource()
    {
        kubernetes.Require();
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", kubernetes.Kubeconfig("bob")));
        var error = await Assert.ThrowsAsync<CredentialsException>(() => Cluster.OnDemand("forbidden", Needs).UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("cannot get resource \"configmaps\"", error.Message, StringComparison.Ordinal);
    }

    // Pods that have so many seconds from SIGTERM on.
    private Task<IAsyncDisposable> GraceAsync(int seconds)
    {
        string template = Path.Combine(Directory.CreateDirectory(kubernetes.Home).FullName, $"grace-{seconds}.yaml");
        File.WriteAllText(template, $"spec: {{terminationGracePeriodSeconds: {seconds}}}\n");
        return TestCluster.ConfigureAsync(("Kubernetes__Template", template));
    }

    // Once the call has begun.
    private static async Task<WorkerLostException> LoseAsync(Cluster cluster, Func<Task> end)
    {
        using var output = new StringWriter();
        return await LoseAsync<WorkerLostException>(() => Jobs.Remote.On(cluster).WaitAsync(Stop), end, output);
    }

    private static async Task<TError> LoseAsync<TError>(Func<Task> begin, Func<Task> end, StringWriter output)
        where TError : Exception
    {
        TextWriter console = Console.Out;
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            Task call = begin();
            while (!output.ToString().Contains("begun", StringComparison.Ordinal))
                await Task.Delay(20, Stop);
            await end();
            return await Assert.ThrowsAnyAsync<TError>(() => call);
        }
        finally
        {
            Console.SetOut(console);
        }
    }

    private sealed class Lines(List<string?> lines) : IProgress<ProvisioningProgress>
    {
        public void Report(ProvisioningProgress value)
        {
            lock (lines)
                lines.Add(value.Line);
        }
    }
}
