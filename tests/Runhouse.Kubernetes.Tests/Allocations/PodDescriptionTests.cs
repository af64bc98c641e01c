using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Runhouse.Providers.Kubernetes;
using Runhouse.Providers.Kubernetes.Pods;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Kubernetes.Allocations;

/// <summary>The pod that is asked for: what the configuration, the user's template and the code's needs make of it together, as the API takes it.</summary>
public sealed class PodDescriptionTests(TestCluster kubernetes)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_template_is_laid_over_the_options_and_the_needs_over_the_template()
    {
        kubernetes.Require();
        string template = NewFile();
        await File.WriteAllTextAsync(template, """
            # A pod template, of which the container 'runhouse' is the host's.
            metadata:
              labels: {team: ml, "runhouse.dev/owner": somebody}
              annotations: {example.org/cost: "0012"}
            spec:
              terminationGracePeriodSeconds: 5
              restartPolicy: Always
              nodeSelector: {disk: ssd}
              tolerations:
              - {key: spot, operator: Exists}
              volumes:
              - {name: data, emptyDir: {}}
              containers:
              - name: sidecar
                image: sidecar:1
              - name: runhouse
                image: mine:2
                args: [ignored]
                env: [{name: MODE, value: "yes"}]
                resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 1Gi}}
                volumeMounts: [{name: data, mountPath: /data}]
            """, Stop);
        KubernetesOptions options = Read(("Template", template), ("Image", "theirs:1"), ("NodeSelector", "pool=batch"), ("Tolerations", "nvidia.com/gpu:NoSchedule,team=ml"));

        V1Pod pod = await AcceptedAsync(options, Resources.Parse(memory: "4+"));

        V1Container host = pod.Spec.Containers.Single(static one => one.Name == "runhouse");
        Assert.Equal(("mine:2", "yes", "/data"), (host.Image, Assert.Single(host.Env).Value, Assert.Single(host.VolumeMounts).MountPath));
        Assert.Equal(("500m", "4Gi"), (host.Resources.Requests["cpu"].ToString(), host.Resources.Requests["memory"].ToString()));
        Assert.DoesNotContain("memory", host.Resources.Limits ?? new Dictionary<string, ResourceQuantity>());
        Assert.Equal(["sh", "-c", "agent", "sh", PodDescription.AgentFolder, "60", "5"], host.Command);
        Assert.Null(host.Args);
        Assert.Contains(pod.Spec.Containers, static one => one is { Name: "sidecar", Image: "sidecar:1" });
        Assert.Equal(("ssd", "batch"), (pod.Spec.NodeSelector["disk"], pod.Spec.NodeSelector["pool"]));
        Assert.Equal(["nvidia.com/gpu", "team", "spot"], pod.Spec.Tolerations.Select(static one => one.Key).Where(static key => !key.StartsWith("node.kubernetes.io/", StringComparison.Ordinal)));
        Assert.Equal((5, "Never", "ml", "ada", "0012"), (pod.Spec.TerminationGracePeriodSeconds, pod.Spec.RestartPolicy, pod.GetLabel("team"), pod.GetLabel("runhouse.dev/owner"), pod.GetAnnotation("example.org/cost")));
    }

    [Fact]
    public async Task Accelerators_are_asked_for_by_their_resource_and_the_label_of_nodes_that_have_them()
    {
        kubernetes.Require();
        KubernetesOptions options = Read(("GpuSelector", "example.org/accelerator"), ("GpuNames", "A100=a100"), ("Queue", "lab"), ("PriorityClass", "system-cluster-critical"), ("ServiceAccount", "trainer"));

        V1Pod pod = await AcceptedAsync(options, Resources.Parse(gpu: "A100:2|H100:2", cpus: "8", region: "moon"), count: 3);

        V1ResourceRequirements resources = Assert.Single(pod.Spec.Containers).Resources;
        Assert.Equal(("2", "8", "8"), (resources.Limits["nvidia.com/gpu"].ToString(), resources.Limits["cpu"].ToString(), resources.Requests["cpu"].ToString()));
        IList<V1NodeSelectorRequirement> places = Assert.Single(pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms).MatchExpressions;
        Assert.Equal(["topology.kubernetes.io/region In moon", "example.org/accelerator In a100,H100"], places.Select(static one => $"{one.Key} {one.OperatorProperty} {string.Join(',', one.Values)}"));
        Assert.Equal(("lab", "rh-described", "3"), (pod.GetLabel("kueue.x-k8s.io/queue-name"), pod.GetLabel("kueue.x-k8s.io/pod-group-name"), pod.GetAnnotation("kueue.x-k8s.io/pod-group-total-count")));
        Assert.Equal(("trainer", "system-cluster-critical", 90L), (pod.Spec.ServiceAccountName, pod.Spec.PriorityClassName, pod.Spec.ActiveDeadlineSeconds));
    }

    [Theory]
    [InlineData("2", "8", "20", "cpu=2 ephemeral-storage=20Gi memory=8Gi", "cpu=2 memory=8Gi")]
    [InlineData("2+", "8+", "20+", "cpu=2 ephemeral-storage=20Gi memory=8Gi", "")]
    [InlineData("0.5", null, null, "cpu=500m", "cpu=500m")]
    [InlineData(null, null, null, "", "")]
    public async Task What_is_needed_is_requested_and_what_is_needed_exactly_is_the_limit_too(string? cpus, string? memory, string? disk, string requests, string limits)
    {
        kubernetes.Require();
        V1ResourceRequirements resources = Assert.Single((await AcceptedAsync(Read(), Resources.Parse(cpus: cpus, memory: memory, disk: disk))).Spec.Containers).Resources;
        Assert.Equal((requests, limits), (Text(resources.Requests), Text(resources.Limits)));

        static string Text(IDictionary<string, ResourceQuantity>? amounts)
            => string.Join(' ', (amounts ?? new Dictionary<string, ResourceQuantity>()).OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Key}={one.Value}"));
    }

    [Theory]
    [InlineData("A100:2|H100", null, null, "different numbers")]
    [InlineData(null, "only", null, "spot machines")]
    [InlineData(null, null, "2", "no prices")]
    public void What_Kubernetes_has_no_word_for_is_refused(string? gpu, string? spot, string? price, string said)
    {
        var error = Assert.Throws<DeploymentException>(() => new PodNeeds(Read()).Of(Resources.Parse(gpu: gpu, spot: spot, maxPrice: price)));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Imag", "x", "Runhouse:Kubernetes:Imag is not a key of the provider kubernetes. The keys are Context")]
    [InlineData("Tolerations", "a:b:c", "KEY=VALUE:EFFECT")]
    [InlineData("Tolerations", "a:Sometimes", "KEY=VALUE:EFFECT")]
    [InlineData("NodeSelector", "pool", "NAME=VALUE")]
    [InlineData("Template", "/nowhere/pod.yaml", "is no file")]
    public void A_configuration_that_cannot_be_understood_names_the_key_and_what_is_allowed(string key, string value, string said)
        => Assert.Contains(said, Assert.Throws<RunhouseConfigurationException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec:\n  replicas: 3\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: runhouse, image: mine:3}, {name: beside, image: beside:1}]}\n")]
    [InlineData("apiVersion: batch/v1\nkind: Job\nspec:\n  template:\n    metadata: {labels: {a: b}}\n    spec: {restartPolicy: OnFailure, containers: [{name: runhouse, image: mine:3}, {name: beside, image: beside:1}]}\n")]
    [InlineData("apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        metadata: {labels: {a: b}}\n        spec: {containers: [{name: runhouse, image: mine:3}, {name: beside, image: beside:1}]}\n")]
    [InlineData("apiVersion: v1\nkind: PodTemplate\ntemplate:\n  metadata: {labels: {a: b}}\n  spec: {containers: [{name: runhouse, image: mine:3}, {name: beside, image: beside:1}]}\n")]
    public async Task A_manifest_of_what_makes_pods_is_a_template_too(string text)
    {
        kubernetes.Require();
        string template = NewFile();
        await File.WriteAllTextAsync(template, text, Stop);
        V1Pod pod = await AcceptedAsync(Read(("Template", template)), Resources.None);
        Assert.Equal(["mine:3", "beside:1"], pod.Spec.Containers.Select(static one => one.Image));
        Assert.Equal(("b", "Never"), (pod.GetLabel("a"), pod.Spec.RestartPolicy));
    }

    [Theory]
    [InlineData("spec: {contaners: []}\n", "spec.contaners (line 1)")]
    [InlineData("spec:\n  containers:\n  - name: runhouse\n    imagee: x\n", "spec.containers[0].imagee (line 4)")]
    [InlineData("spec:\n  template:\n    spec:\n      containers: [{name: main, image: x}]\n", "has the containers main (line 4), of which none is the host's")]
    [InlineData("- a\n- b\n", "no object (line 1)")]
    [InlineData("spec: [\n", "is no YAML")]
    [InlineData("metadata: {name: x}\n", "has no spec")]
    [InlineData("spec: {}\n---\nspec: {}\n", "not one document")]
    [InlineData("spec:\n  nodeSelector: 3\n", "makes no pod: spec.nodeSelector (line 2)")]
    public async Task A_template_that_is_none_says_what_it_should_be(string text, string said)
    {
        string template = NewFile();
        await File.WriteAllTextAsync(template, text, Stop);
        KubernetesOptions options = Read(("Template", template));
        Assert.Contains(said, Assert.Throws<RunhouseConfigurationException>(() => new PodDescription(options).Of(Request(Resources.None, 1), 0, Lease)).Message, StringComparison.Ordinal);
    }

    // In the folder of this run.
    private string NewFile() => Path.Combine(Directory.CreateDirectory(kubernetes.Home).FullName, Path.GetRandomFileName());

    private static readonly V1ConfigMap Lease = new() { Metadata = new V1ObjectMeta { Name = "rh-described", Uid = "b8a1b0a2-0a52-4a5e-a4ff-4f0f3dd8fb9e" } };

    private static KubernetesOptions Read(params (string Key, string Value)[] keys)
        => KubernetesOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(keys.Select(static one => KeyValuePair.Create(one.Key, (string?)one.Value))).Build());

    private static AllocationRequest Request(Resources needs, int count) => new()
    {
        Name = "rh-described",
        Owner = "ada",
        Cluster = "described",
        Count = count,
        Needs = needs,
        Agent = "agent",
        BootTime = TimeSpan.FromMinutes(1),
        Longest = TimeSpan.FromSeconds(90),
    };

    // As the API server has it after its own checks; nothing is made.
    private Task<V1Pod> AcceptedAsync(KubernetesOptions options, Resources needs, int count = 1)
        => kubernetes.Api.CoreV1.CreateNamespacedPodAsync(new PodDescription(options).Of(Request(needs, count), 0, Lease), "kube-system", dryRun: "All", cancellationToken: Stop);
}
