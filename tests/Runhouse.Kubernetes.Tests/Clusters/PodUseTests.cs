using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using Runhouse.Kubernetes.App;
using Runhouse.Providers.Kubernetes;
using Runhouse.Runtime.Leases;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>How clusters in pods are used: with no more rights than are needed, by the command line, with accelerators, with code that changes.</summary>
[Collection(ClusterCollection.Name)]
public sealed partial class PodUseTests(TestCluster kubernetes)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_the_role_of_the_documentation_may_do_all_that_is_needed()
    {
        kubernetes.Require();
        string page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs/providers/kubernetes.md"), Stop);
        V1Role role = KubernetesYaml.Deserialize<V1Role>(FirstYaml().Match(page).Groups[1].Value);
        await kubernetes.Api.RbacAuthorizationV1.CreateNamespacedRoleAsync(role, "default", cancellationToken: Stop);
        await kubernetes.Api.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = "runhouse" },
                RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = "runhouse" },
                Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = TestCluster.User }],
            },
            "default",
            cancellationToken: Stop);
        await using IAsyncDisposable configured = await TestCluster.ConfigureAsync(("Kubernetes__Kubeconfig", kubernetes.Kubeconfig(TestCluster.User)));
        Cluster cluster = Cluster.OnDemand("least", Needs);
        Assert.All(await CheckAsync(TestCluster.User), static finding => Assert.True(finding.Level == FindingLevel.Good, finding.ToString()));
        Assert.Contains(await CheckAsync("bob"), static finding => finding.Level == FindingLevel.Bad && finding.Text.Contains("create pods", StringComparison.Ordinal) && finding.Text.Contains("get pods/exec", StringComparison.Ordinal));
        string pod = await Jobs.Remote.On(cluster).MachineAsync();

        // Not over a connection that nobody has noticed the end of.
        await TestCluster.LeaveAsync();
        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(pod, "default", new V1DeleteOptions { GracePeriodSeconds = 1 }, cancellationToken: Stop);
        await kubernetes.UntilAsync("least", static pods => pods.Count == 0);
        Assert.Equal(pod, await Jobs.Remote.On(cluster).MachineAsync());
        Assert.True(await cluster.DownAsync(Stop));
        Assert.Empty(await kubernetes.PodsOfAsync("least"));
    }

    [Fact]
    public async Task The_command_line_makes_pods_with_accelerators_and_finds_those_that_nobody_knows_of()
    {
        kubernetes.Require();
        (string Name, string Value)[] variables = [("RUNHOUSE__Kubernetes__GpuSelector", "example.org/accelerator"), ("RUNHOUSE__Kubernetes__GpuNames", "A100=a100"), ("RUNHOUSE__Kubernetes__Tolerations", "nvidia.com/gpu")];
        JsonElement up = await RunAsync(variables, "up", "tool", "--provider", "kubernetes", "--gpu", "A100", "--cpus", "1+");
        Assert.Equal("kubernetes", up.GetProperty("provider").GetString());
        V1Pod pod = Assert.Single(await kubernetes.PodsOfAsync("tool"));
        Assert.Equal("accelerated", pod.Spec.NodeName);
        string id = pod.Metadata.OwnerReferences[0].Uid;
        Assert.Equal("inUse", await OutcomeAsync("gc"), ignoreCase: true);

        // Nobody knows of it then, but Kubernetes.
        await RunAsync(variables, "down", "tool", "--forget");
        Assert.Equal("ended", await OutcomeAsync("gc", "--dry-run"), ignoreCase: true);
        Assert.Single(await kubernetes.PodsOfAsync("tool"));
        Assert.Equal("ended", await OutcomeAsync("gc"), ignoreCase: true);
        Assert.Empty(await kubernetes.PodsOfAsync("tool"));

        async Task<string> OutcomeAsync(params string[] arguments) => (await RunAsync(variables, arguments)).EnumerateArray()
            .Single(one => one.GetProperty("machine").GetProperty("id").GetString() == id).GetProperty("outcome").GetString()!;
    }

    [Fact]
    public async Task What_waits_in_vain_and_is_waited_for_by_nobody_is_collected_though_its_cluster_is_saved()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("left", Resources.Parse(cpus: "64", provider: "kubernetes"));
        (string, string)[] patient = [], impatient = [("RUNHOUSE__OnDemand__QueueTime", "1ms")];
        await QueueAsync();
        Assert.Equal("inUse", await CollectAsync(patient), ignoreCase: true);

        // Whoever comes next goes on with it.
        await QueueAsync(async () => Assert.Equal("inUse", await CollectAsync(impatient), ignoreCase: true));
        Assert.Single(await kubernetes.PodsOfAsync("left"));
        Assert.Equal("ended", await CollectAsync(impatient), ignoreCase: true);
        Assert.Empty(await kubernetes.PodsOfAsync("left"));

        // One that no waiting helps has no time.
        await QueueAsync();
        var waits = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "ImagePullBackOff", Message = "Back-off pulling image" } };
        var status = new V1PodStatus { ContainerStatuses = [new V1ContainerStatus { Name = "runhouse", Image = "", ImageID = "", State = waits }] };
        await kubernetes.Api.CoreV1.PatchNamespacedPodStatusAsync(
            new V1Patch(new V1Pod { Status = status }, V1Patch.PatchType.StrategicMergePatch), (await kubernetes.PodsOfAsync("left"))[0].Metadata.Name, "default", cancellationToken: Stop);
        Assert.Equal("ended", await CollectAsync(patient), ignoreCase: true);
        Assert.Empty(await kubernetes.PodsOfAsync("left"));
        Assert.Contains("left", Cluster.Names());
        await cluster.DownAsync(Stop);

        async Task QueueAsync(Func<Task>? meanwhile = null)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            Task up = cluster.UpIfNotAsync(new Signal(out Task queued), waiting.Token);
            await queued.WaitAsync(Stop);
            if (meanwhile is not null)
                await meanwhile();
            await waiting.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up);
        }

        async Task<string> CollectAsync((string, string)[] variables) => (await RunAsync(variables, "gc")).EnumerateArray()
            .Single(static one => one.GetProperty("machine").GetProperty("cluster").GetString() == "left").GetProperty("outcome").GetString()!;
    }

    private sealed class Signal : IProgress<ProvisioningProgress>
    {
        private readonly TaskCompletionSource _queued = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Signal(out Task queued) => queued = _queued.Task;

        public void Report(ProvisioningProgress value)
        {
            if (value.Line?.Contains("Insufficient cpu", StringComparison.Ordinal) == true)
                _queued.TrySetResult();
        }
    }

    private async Task<IReadOnlyList<Finding>> CheckAsync(string user)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Kubeconfig", (string?)kubernetes.Kubeconfig(user))]).Build();
        await using KubernetesScheduler scheduler = KubernetesScheduler.Create(new CloudContext(configuration, TimeProvider.System));
        return await scheduler.CheckAsync(Stop);
    }

    private static async Task<JsonElement> RunAsync((string Name, string Value)[] variables, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory.Replace("tests/Runhouse.Kubernetes.Tests", "src/Runhouse.Cli", StringComparison.Ordinal), "Runhouse.Cli.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true };

        // No program of another scheduler, which may be there without a cluster of its own.
        start.Environment["PATH"] = "";
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Stop);
        string output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)} -> {process.ExitCode}\n{output}\n{await errors}");
        return JsonDocument.Parse(output).RootElement;
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder!;
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstYaml();
}
