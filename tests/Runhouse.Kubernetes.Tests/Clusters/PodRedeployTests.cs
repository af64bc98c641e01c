using System.Security.Cryptography;
using System.Text.Json;
using k8s;
using Runhouse.Integration;

namespace Runhouse.Kubernetes.Clusters;

/// <summary>Code that changes, in a pod that stays.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PodRedeployTests(TestCluster kubernetes, TwoVersions versions) : IClassFixture<TwoVersions>
{
    private static readonly Resources Needs = Resources.Parse(cpus: "1+", provider: "kubernetes");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_an_edit_the_changed_assembly_goes_to_the_pod_that_is_there()
    {
        kubernetes.Require();
        Cluster cluster = Cluster.OnDemand("edited", Needs);
        Assert.Equal("first gone.txt kept.txt", await DescribeAsync(cluster, versions.First));
        string pod = Assert.Single(await kubernetes.PodsOfAsync("edited")).Metadata.Uid;
        string[] before = await FilesAsync();

        Assert.Equal("second kept.txt", await DescribeAsync(cluster, versions.Second));

        Assert.Equal(pod, Assert.Single(await kubernetes.PodsOfAsync("edited")).Metadata.Uid);
        // With the list of content files, as one of those is gone.
        var names = Directory.EnumerateFiles(versions.Second, "*", SearchOption.AllDirectories).ToLookup(static file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), static file => Path.GetFileName(file));
        Assert.Equal(["Lib.dll", "Lib.pdb", "runhouse.files.json"], (await FilesAsync()).Except(before).Select(hash => names[hash].FirstOrDefault() ?? hash).Order());
        Assert.True(await cluster.DownAsync(Stop));
    }

    private static async Task<string> DescribeAsync(Cluster cluster, string build)
    {
        await using ClusterApplication opened = await cluster.OpenApplicationAsync(new ApplicationChoice { Application = "edited", Build = build }, cancellationToken: Stop);
        return (await opened.CallAsync(opened.Find("Work.DescribeAsync", []), new Dictionary<string, JsonElement>()))!.Value.GetString()!;
    }

    // What the host in the pod has been sent, by its content.
    private async Task<string[]> FilesAsync()
    {
        string text = "";
        await kubernetes.Api.NamespacedPodExecAsync(
            (await kubernetes.PodsOfAsync("edited"))[0].Metadata.Name, "default", "runhouse", ["sh", "-c", "find ~/.runhouse/hosts/*/files -type f"], tty: false,
            async (_, output, _) => text = await new StreamReader(output).ReadToEndAsync(Stop), Stop);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => Path.GetFileName(line))];
    }
}
