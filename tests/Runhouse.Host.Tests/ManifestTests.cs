using System.Net;
using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Behaviour 50, the manifest's side.</summary>
public sealed class ManifestTests
{
    private static readonly TestDeployment Sample = TestDeployment.Of("App", ("app.sh", "exit 0"));

    [Theory]
    [Acceptance(50)]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("..")]
    [InlineData("/etc/x")]
    [InlineData("C:/x")]
    [InlineData("a\\x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("a\nx")]
    [InlineData("a\0x")]
    [InlineData(".runhouse/x")]
    [InlineData("app.sh")]
    [InlineData("app.sh/below")]
    public async Task A_path_that_leaves_the_deployment_or_clashes_is_refused_by_name(string path)
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.PutAsync(Sample.Contents[0]);
        string[] before = Everything(host.Home);

        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(Sample.With(path)), HttpStatusCode.UnprocessableEntity);

        Assert.Equal(HostErrorCode.Invalid, error.Code);
        Assert.Contains($"'{string.Concat(path.Select(c => char.IsControl(c) ? '?' : c))}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Everything(host.Home));
    }

    [Fact]
    public async Task A_hash_that_is_none_is_refused()
    {
        await using TestHost host = await TestHost.StartAsync();
        foreach (string hash in (string[])["", "abc", "../../../../x", new string('g', 64), new string('A', 64), new string('0', 65)])
        {
            HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(Sample.With("b", hash)), HttpStatusCode.UnprocessableEntity);
            Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_size_that_the_content_does_not_have_is_refused_by_name()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.PutAsync(Sample.Contents[0]);
        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(Sample.With("b", size: 7_000)), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_files_or_bytes_than_the_host_takes_are_refused()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { MaxFiles = 2, MaxDeploymentBytes = 1000 });
        DeploymentManifest three = Sample.With("b") with { Files = [.. Sample.With("b").Files, .. TestDeployment.Of("x", ("c", "c")).Manifest.Files] };
        Assert.Contains("3 files", (await TestHost.RefusalAsync(await host.TryPostAsync(three), HttpStatusCode.UnprocessableEntity)).Message, StringComparison.Ordinal);
        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(Sample.With("b", size: 995)), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"application\":\"A\",\"entryAssembly\":\"a\",\"files\":[null]}")]
    [InlineData("{\"application\":\"A\",\"entryAssembly\":\"a\",\"files\":[{}]}")]
    [InlineData("{\"application\":\"A\",\"entryAssembly\":\"a\",\"files\":null}")]
    [InlineData("{\"application\":null,\"entryAssembly\":null,\"files\":[{\"path\":\"a\",\"hash\":null,\"size\":1}]}")]
    [InlineData("{\"application\":\"A\",")]
    public async Task What_is_not_a_whole_manifest_is_refused(string json)
    {
        await using TestHost host = await TestHost.StartAsync();
        HttpResponseMessage answer = await host.Client.PostAsync("/v1/deployments", new StringContent(json, Encoding.UTF8, "application/json"));
        Assert.Equal(HostErrorCode.Invalid, (await TestHost.RefusalAsync(answer, HttpStatusCode.UnprocessableEntity)).Code);
    }

    [Fact]
    public async Task An_entry_assembly_that_does_not_travel_is_refused()
    {
        await using TestHost host = await TestHost.StartAsync();
        HttpResponseMessage answer = await host.TryPostAsync(Sample.Manifest with { EntryAssembly = "other.dll" });
        Assert.Contains("'other.dll'", (await TestHost.RefusalAsync(answer, HttpStatusCode.UnprocessableEntity)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(50)]
    public async Task A_deployment_is_ready_once_its_last_file_is_there()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = TestDeployment.Of("App", ("app.sh", "exit 0"), ("lib/a.dll", "a"), ("LIB/A.dll", "A"), ("same.dll", "a"));

        DeploymentReply first = await host.PostAsync(deployment.Manifest);
        Assert.Equal(3, first.Missing.Count);
        Assert.False(Directory.Exists(Path.Combine(host.Home, "deployments", deployment.Id)));
        HostError unknown = await TestHost.RefusalAsync(
            await host.Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null), HttpStatusCode.NotFound);
        Assert.Contains("Post its manifest", unknown.Message, StringComparison.Ordinal);

        foreach (byte[] content in deployment.Contents)
            await host.PutAsync(content);
        Assert.Empty((await host.PostAsync(deployment.Manifest)).Missing);
        Assert.Empty((await host.PostAsync(deployment.Manifest)).Missing);

        string folder = Path.Combine(host.Home, "deployments", deployment.Id);
        Assert.Equal("a", await File.ReadAllTextAsync(Path.Combine(folder, "lib", "a.dll")));
        Assert.Equal("A", await File.ReadAllTextAsync(Path.Combine(folder, "LIB", "A.dll")));
        DeploymentStatus status = Assert.Single((await host.StatusAsync()).Deployments);
        Assert.Equal(new DeploymentStatus(deployment.Id, "App", 4, 9), status with { UsedAt = default });
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"application\":")]
    public async Task A_deployment_with_a_damaged_manifest_is_taken_anew(string manifest)
    {
        HostSettings settings;
        TestDeployment deployment = TestDeployment.Of("App", ("app.sh", "exit 0"));
        await using (TestHost first = await TestHost.StartAsync(keepsHome: true))
        {
            settings = first.Settings;
            await first.PostAsync(deployment.Manifest);
            await first.PutAsync(deployment.Contents.Single());
            Assert.Empty((await first.PostAsync(deployment.Manifest)).Missing);
        }

        await File.WriteAllTextAsync(Path.Combine(settings.Home, "deployments", deployment.Id + ".json"), manifest);
        await using TestHost second = await TestHost.StartAsync(settings);
        Assert.Empty((await second.StatusAsync()).Deployments);
        Assert.Empty((await second.PostAsync(deployment.Manifest)).Missing);
        Assert.Single((await second.StatusAsync()).Deployments);
    }

    [Fact]
    public async Task The_same_manifest_posted_at_once_by_many_is_one_deployment()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = TestDeployment.Of("App", [.. Enumerable.Range(0, 100).Select(i => ($"f{i}.dll", $"content {i}"))]);
        foreach (byte[] content in deployment.Contents)
            await host.PutAsync(content);

        DeploymentReply[] replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.PostAsync(deployment.Manifest)));

        Assert.All(replies, reply => Assert.Empty(reply.Missing));
        Assert.Equal(100, Directory.GetFiles(Path.Combine(host.Home, "deployments", deployment.Id)).Length);
    }

    [Fact]
    public async Task An_executable_file_can_be_executed_and_the_store_stays_private()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = TestDeployment.Of("App", ("tool", "#!/bin/sh"), ("data.txt", "x"), ("a.dll", "y"));
        DeploymentManifest manifest = deployment.Manifest with { Files = [deployment.Manifest.Files[0] with { IsExecutable = true }, .. deployment.Manifest.Files.Skip(1)] };
        foreach (byte[] content in deployment.Contents)
            await host.PutAsync(content);
        string folder = Path.Combine(host.Home, "deployments", (await host.PostAsync(manifest)).Id);

        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(Path.Combine(folder, "tool")));
        Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(Path.Combine(folder, "data.txt")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(folder, "a.dll")));
        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task What_an_application_writes_to_its_content_does_not_reach_the_store()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("exit 0", content: ("settings.json", "{}"));
        await File.AppendAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "settings.json"), "changed");
        TestDeployment next = await host.DeployAsync("exit 1", content: ("settings.json", "{}"));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(host.Home, "deployments", next.Id, "settings.json")));
    }

    [Fact]
    public async Task A_restarted_host_knows_its_deployments_and_not_the_half_made_ones()
    {
        HostSettings settings = TestHost.NewSettings();
        TestDeployment deployment;
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
            deployment = await first.DeployAsync("""say '{"kind":"serving"}'""");
        Directory.CreateDirectory(Path.Combine(settings.Home, "deployments", new string('a', 64)));

        await using TestHost second = await TestHost.StartAsync(settings);
        Assert.Equal(deployment.Id, Assert.Single((await second.StatusAsync()).Deployments).Id);
        Assert.Equal(deployment.Id, (await second.ConnectAsync(deployment)).Deployment);
    }

    private static string[] Everything(string home) =>
        [.. Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/logs/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
