using Runhouse.Ssh.App;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh.Clusters;

/// <summary>Bare machines of another platform than this one's get a runtime that was put together of packages; here one of this platform plays that part.</summary>
public sealed class PackagedRuntimeTests(SshNetwork network)
{
    private readonly SshClusters _clusters = SshClusters.In(network);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bare_machine_of_another_platform_runs_calls_on_a_runtime_from_packages()
    {
        (Cluster cluster, SshTestHost[] machines) = await _clusters.CreateAsync(isBare: true, takesPackages: true);

        // Nor has it ICU, so that its worker knows the invariant culture only.
        await machines[0].RunAsync("rm -f /usr/lib/*/libicu*.so* /usr/lib*/libicu*.so*");
        var stages = new List<ProvisioningStage>();
        await cluster.UpIfNotAsync(new Recorder(stages), Stop);
        Assert.Equal(
            [ProvisioningStage.Connecting, ProvisioningStage.Fetching, ProvisioningStage.Uploading, ProvisioningStage.Ready], stages.Distinct());

        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));
        Assert.Equal(await machines[0].RunAsync("hostname"), await Jobs.Remote.On(cluster).MachineAsync());
        Assert.StartsWith("/home/ada/.runhouse/dotnet/", await Jobs.Remote.On(cluster).RuntimeAsync(), StringComparison.Ordinal);
        await using CounterRemote counter = await Counter.Remote.On(cluster).CreateAsync(40);
        Assert.Equal(41, await counter.IncrementAsync());
        Assert.Equal(10_000, await Jobs.Remote.On(cluster).CountAsync(10_000, Stop).CountAsync(Stop));
        Assert.Equal("", await machines[0].RunAsync("ls /home/ada/.runhouse/dotnet/*/dotnet 2>&1 | grep -v 'No such file' || true"));

        var findings = new List<Finding>();
        await foreach (Finding finding in RunhouseDoctor.CheckAsync([cluster.Name], Stop))
            findings.Add(finding);
        Finding icu = Assert.Single(findings, static finding => finding.Text.Contains("libicu", StringComparison.Ordinal));
        Assert.Equal(FindingLevel.Warning, icu.Level);
        Assert.Contains("icu-libs", icu.Remedy, StringComparison.Ordinal);

        // A host that ended comes back: what it needs is there.
        Assert.True(await cluster.DownAsync(Stop));
        stages.Clear();
        await cluster.UpIfNotAsync(new Recorder(stages), Stop);
        Assert.Equal([ProvisioningStage.Connecting, ProvisioningStage.Ready], stages.Distinct());
        Assert.Equal(5, await Jobs.Remote.On(cluster).AddAsync(2, 3));

        // Without OpenSSL's library nothing runs, and the error says what to install.
        Assert.True(await cluster.DownAsync(Stop));
        await machines[0].RunAsync("rm -f /usr/lib/*/libssl.so* /usr/lib*/libssl.so*");
        var error = await Assert.ThrowsAsync<DeploymentException>(() => cluster.UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("Debian and Ubuntu: libssl3", error.Message, StringComparison.Ordinal);
    }

    private sealed class Recorder(List<ProvisioningStage> stages) : IProgress<ProvisioningProgress>
    {
        public void Report(ProvisioningProgress value) => stages.Add(value.Stage);
    }
}
