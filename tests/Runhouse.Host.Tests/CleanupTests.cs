using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>What becomes of deployments that nobody needs, and of their content.</summary>
public sealed class CleanupTests : IDisposable
{
    private const string Serve = """say '{"kind":"serving"}'""";
    private static readonly IReadOnlySet<string> NoneRuns = new HashSet<string>();

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly HostSettings _settings = TestHost.NewSettings() with { DeploymentsKept = 2 };

    public void Dispose()
    {
        if (Directory.Exists(_settings.Home))
            Directory.Delete(_settings.Home, recursive: true);
    }

    [Fact]
    public async Task Unused_deployments_are_kept_by_number_and_age_and_content_goes_with_the_last_that_has_it()
    {
        Stores stores = Open();
        TestDeployment[] all = [.. Enumerable.Range(0, 5).Select(static i => TestDeployment.Of("App", ($"a{i}.dll", $"own {i}"), ("shared.dll", "shared")))];
        foreach (TestDeployment one in all)
        {
            await stores.DeployAsync(one);
            stores.Versions.Add(stores.Deployments.Find(one.Id)!);
            _time.Advance(TimeSpan.FromHours(2));
        }

        // Of five, the last is current and the one before it is the previous one; of the other three two are kept.
        stores.Cleanup.Run(NoneRuns);
        Assert.Equal(Ids(all[1..]), stores.Ids());
        Assert.Null(stores.Files.SizeOf(TestDeployment.HashOf(all[0].Contents[0])));
        Assert.NotNull(stores.Files.SizeOf(TestDeployment.HashOf(all[0].Contents[1])));

        _time.Advance(_settings.DeploymentAge);
        stores.Cleanup.Run(new HashSet<string> { all[1].Id });
        Assert.Equal(Ids(all[1], all[3], all[4]), stores.Ids());
        stores.Cleanup.Run(NoneRuns);
        Assert.Equal(Ids(all[3..]), stores.Ids());
        Assert.Equal((all[4].Id, all[3].Id), stores.Versions.Of("App"));
        Assert.False(Directory.Exists(Path.Combine(_settings.Home, "deployments", all[1].Id)));
    }

    [Fact]
    public async Task What_was_used_or_sent_lately_stays()
    {
        Stores stores = Open(_settings with { DeploymentsKept = 0, DeploymentAge = TimeSpan.Zero });
        TestDeployment[] all = [.. Enumerable.Range(0, 3).Select(static i => TestDeployment.Of("App", ($"a{i}.dll", $"own {i}")))];
        foreach (TestDeployment one in all)
            await stores.DeployAsync(one);
        byte[] sent = "of an upload that goes on"u8.ToArray();
        _time.Advance(TimeSpan.FromHours(2));
        await stores.PutAsync(sent);
        stores.Deployments.Use(all[1].Id);
        stores.Cleanup.Run(NoneRuns);
        Assert.Equal(Ids(all[1]), stores.Ids());
        Assert.NotNull(stores.Files.SizeOf(TestDeployment.HashOf(sent)));

        _time.Advance(TimeSpan.FromHours(2));
        stores.Cleanup.Run(NoneRuns);
        Assert.Empty(stores.Ids());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_settings.Home, "files"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_removal_or_a_deployment_that_was_interrupted_leaves_nothing_behind_its_next_start()
    {
        Stores stores = Open();
        TestDeployment whole = TestDeployment.Of("App", ("a.dll", "whole"));
        TestDeployment half = TestDeployment.Of("App", ("a.dll", "half removed"));
        await stores.DeployAsync(whole);
        await stores.DeployAsync(half);
        string folder = Path.Combine(_settings.Home, "deployments");
        File.Delete(Path.Combine(folder, half.Id + ".json"));
        Directory.CreateDirectory(Path.Combine(folder, new string('a', 64) + ".tmp"));
        await File.WriteAllTextAsync(Path.Combine(folder, new string('b', 64) + ".json.tmp"), "{");

        Stores again = Open();
        again.Deployments.RemoveLeftovers();
        Assert.Equal([whole.Id, whole.Id + ".json"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());
        Assert.Equal(Ids(whole), again.Ids());
    }

    [Fact]
    public void Whoever_deploys_or_uses_finds_all_files_while_others_are_removed() => Gen.Select(
        Gen.Select(Gen.Int[0, 11].HashSet[1, 6], Gen.Int[0, 5]).Array[2, 8], Gen.Int[0, 11].HashSet[0, 12], Gen.Int[1, 6]).Sample(
        (manifests, old, passes) => RaceAsync(manifests, old, passes).GetAwaiter().GetResult(), iter: 60, threads: 1);

    [Fact]
    public async Task A_host_cleans_up_by_itself_and_leaves_what_a_worker_runs()
    {
        await using TestHost host = await TestHost.StartAsync(_settings with { DeploymentsKept = 0, WorkerIdleTimeout = TimeSpan.FromDays(100) }, _time);
        TestDeployment[] all = new TestDeployment[4];
        for (int i = 0; i < all.Length; i++)
            all[i] = await host.DeployAsync($"{Serve}; say '{{\"kind\":\"load\",\"calls\":1,\"sessions\":1,\"objects\":0}}' # {i}");
        foreach (TestDeployment one in (TestDeployment[])[all[0], all[2], all[3]])
            await host.ConnectAsync(one);
        _time.Advance(TimeSpan.FromHours(3));
        while ((await host.StatusAsync()).Deployments.Any(one => one.Id == all[1].Id))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(Ids(all[0], all[2], all[3]), (await host.StatusAsync()).Deployments.Select(static one => one.Id).Order());
    }

    [Fact]
    public void The_command_line_says_how_many_deployments_are_kept_and_for_how_long()
    {
        Assert.True(HostSettings.TryParse(["--home", "/tmp/x", "--deployments-kept", "3", "--deployment-age", "90", "--deployment-grace", "5"], out HostSettings? settings, out _));
        Assert.Equal((3, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(5)), (settings.DeploymentsKept, settings.DeploymentAge, settings.UseGrace));
        Assert.False(HostSettings.TryParse(["--home", "/tmp/x", "--deployments-kept", "-1"], out _, out _));
    }

    private static IEnumerable<string> Ids(params TestDeployment[] deployments) => deployments.Select(static one => one.Id).Order();

    private async Task RaceAsync((HashSet<int> Files, int Application)[] manifests, HashSet<int> old, int passes)
    {
        Stores stores = Open(_settings with { DeploymentsKept = 0, DeploymentAge = TimeSpan.Zero });
        TestDeployment[] all = [.. manifests.Select(static one => TestDeployment.Of($"App{one.Application}", [.. one.Files.Select(static i => ($"f{i}.dll", $"content {i}"))]))];

        // Some is there from long ago, and nobody's; some deployments are as well, and unused.
        foreach (int i in old)
            await stores.PutAsync(System.Text.Encoding.UTF8.GetBytes($"content {i}"));
        for (int i = 0; i < all.Length; i += 2)
            await stores.DeployAsync(all[i]);
        _time.Advance(TimeSpan.FromHours(2));

        var cleaning = Task.Run(() =>
        {
            for (int pass = 0; pass < passes; pass++)
                stores.Cleanup.Run(NoneRuns);
        });
        bool[] used = await Task.WhenAll(all.Select((one, i) => Task.Run(async () =>
        {
            if (i % 4 == 0)
                return stores.Deployments.Use(one.Id) is not null;
            await stores.DeployAsync(one);
            return true;
        })));
        await cleaning;

        for (int i = 0; i < all.Length; i++)
        {
            if (!used[i])
                continue;
            Deployment deployment = Assert.IsType<Deployment>(stores.Deployments.Find(all[i].Id));
            foreach ((DeployedFile file, byte[] content) in all[i].Manifest.Files.Zip(all[i].Contents))
                Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(deployment.Directory, file.Path)));
        }

        Directory.Delete(_settings.Home, recursive: true);
    }

    private Stores Open(HostSettings? settings = null)
    {
        var folders = new HostFolders(_settings.Home);
        folders.Create();
        var files = new FileStore(folders.Files, _settings.MaxFileBytes, _time);
        var deployments = new DeploymentStore(folders, files, settings ?? _settings, _time, NullLogger<DeploymentStore>.Instance);
        var versions = new CurrentVersions(folders, NullLogger<CurrentVersions>.Instance);
        return new Stores(files, deployments, versions, new DeploymentCleanup(deployments, versions, files, settings ?? _settings, _time, NullLogger<DeploymentCleanup>.Instance));
    }

    private sealed record Stores(FileStore Files, DeploymentStore Deployments, CurrentVersions Versions, DeploymentCleanup Cleanup)
    {
        public IEnumerable<string> Ids() => Deployments.All().Select(static one => one.Id);

        public async Task PutAsync(byte[] content)
        {
            using var body = new MemoryStream(content);
            await Files.PutAsync(TestDeployment.HashOf(content), body, isBrotli: false, CancellationToken.None);
        }

        // As a caller does it: what the host has is not sent, and must be there in the end.
        public async Task DeployAsync(TestDeployment deployment)
        {
            DeploymentReply reply = await Deployments.PostAsync(deployment.Manifest, CancellationToken.None);
            await Task.Yield();
            foreach (byte[] content in deployment.Contents.Where(content => reply.Missing.Contains(TestDeployment.HashOf(content))))
                await PutAsync(content);
            Assert.Empty((await Deployments.PostAsync(deployment.Manifest, CancellationToken.None)).Missing);
        }
    }
}
