using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>What becomes of an application whose code is edited and built again. Its host is that of all tests.</summary>
public sealed class TwoVersionsTests(LocalHost host, TwoVersions versions) : IClassFixture<TwoVersions>
{
    private static readonly IReadOnlyDictionary<string, JsonElement> None = new Dictionary<string, JsonElement>();

    [Fact]
    [Acceptance(21)]
    [Acceptance(22)]
    public async Task An_edit_of_a_helper_in_another_project_counts_and_a_deleted_file_is_gone_when_the_program_runs_again()
    {
        (_, string[] first) = await host.ProgramAsync(versions.First, "TwoVersions.dll", []);
        Assert.Equal("first gone.txt kept.txt", first[^1]);
        (_, string[] second) = await host.ProgramAsync(versions.Second, "TwoVersions.dll", []);
        Assert.Equal("second kept.txt", second[^1]);
    }

    [Fact]
    [Acceptance(22)]
    public async Task Only_changed_files_travel()
    {
        await Jobs.Remote.ProcessIdAsync();
        await SentAsync(versions.First);
        long changed = await SentAsync(versions.Second);
        long again = await SentAsync(versions.Second);

        // Two small assemblies and their symbols, and twice the list of what the deployment is made of; then a question.
        long all = Directory.EnumerateFiles(versions.Second, "*.dll").Sum(static file => new FileInfo(file).Length);
        Assert.True(changed < 64 << 10, $"{changed} of {all} bytes were sent for two small assemblies.");
        Assert.True(changed < all / 20, $"{changed} of {all} bytes were sent for two small assemblies.");
        Assert.True(again < changed / 2, $"{again} bytes were sent for nothing new, {changed} for two small assemblies.");
    }

    [Fact]
    [Acceptance(24)]
    public async Task Calls_in_flight_finish_on_the_old_version_while_new_ones_go_to_the_new_one()
    {
        string started = Path.Combine(host.Home, "two-versions-started"), end = Path.Combine(host.Home, "two-versions-end");
        await Jobs.Remote.ProcessIdAsync();
        await using ClusterApplication old = await Cluster.Local().OpenApplicationAsync(new ApplicationChoice { Build = versions.First, Application = "in-flight" });
        Task<JsonElement?> running = old.CallAsync(old.Find("Work.WaitAsync", ["started", "end"]), Arguments(("started", started), ("end", end)));
        while (!File.Exists(started))
            await Task.Delay(10, TestContext.Current.CancellationToken);

        await using LiveDeployment deployed = await Cluster.Local().DeployAsync(versions.Second, "in-flight");
        Assert.Equal("second kept.txt", await DescribeAsync("in-flight"));
        Assert.False(running.IsCompleted);
        await File.WriteAllTextAsync(end, "");
        Assert.Equal("first", (await running)!.Value.GetString());
    }

    [Fact]
    [Acceptance(23)]
    public async Task A_deployment_that_does_not_start_leaves_the_previous_one_serving_and_says_why()
    {
        await Jobs.Remote.ProcessIdAsync();
        await using LiveDeployment good = await Cluster.Local().DeployAsync(versions.Second, "broken");
        DeploymentException error = await Assert.ThrowsAsync<DeploymentException>(async () => await Cluster.Local().DeployAsync(await versions.BreakAsync(), "broken"));
        Assert.Contains("did not start: TwoVersions.dll", error.Message, StringComparison.Ordinal);
        Assert.Equal("second kept.txt", await DescribeAsync("broken"));
    }

    [Fact]
    public async Task A_rollback_serves_those_who_name_no_build_and_leaves_a_build_its_own_callers()
    {
        await Jobs.Remote.ProcessIdAsync();
        string first, second;
        await using (LiveDeployment deployed = await Cluster.Local().DeployAsync(versions.First, "rolled-back"))
            first = deployed.Id;
        await using (LiveDeployment deployed = await Cluster.Local().DeployAsync(versions.Second, "rolled-back"))
            second = deployed.Id;

        RolledBack done = Assert.Single(await Cluster.Local().RollBackAsync("rolled-back"));
        Assert.Equal(("rolled-back", second, first), (done.Application, done.From, done.To));
        Assert.Equal("first gone.txt kept.txt", await DescribeAsync("rolled-back"));
        Assert.Equal("second kept.txt", await DescribeAsync("rolled-back", versions.Second));
        Assert.Equal("first gone.txt kept.txt", await DescribeAsync("rolled-back"));

        await Cluster.Local().RollBackAsync("rolled-back");
        Assert.Equal("second kept.txt", await DescribeAsync("rolled-back"));
        await Cluster.Local().RollBackAsync("rolled-back", first[..10]);
        Assert.Equal("first gone.txt kept.txt", await DescribeAsync("rolled-back"));
        RemoteNotFoundException unknown = await Assert.ThrowsAsync<RemoteNotFoundException>(() => Cluster.Local().RollBackAsync("roled-back"));
        Assert.Contains("Did you mean 'rolled-back'?", unknown.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, JsonElement> Arguments(params (string Name, string Value)[] values)
        => values.ToDictionary(static one => one.Name, static one => JsonSerializer.SerializeToElement(one.Value));

    private static async Task<string> DescribeAsync(string application, string? build = null)
    {
        await using ClusterApplication opened = await Cluster.Local().OpenApplicationAsync(new ApplicationChoice { Application = application, Build = build });
        return (await opened.CallAsync(opened.Find("Work.DescribeAsync", []), None))!.Value.GetString()!;
    }

    // Under a name of its own, so that the host knows some of its files at most from other tests.
    private async Task<long> SentAsync(string build)
    {
        using var proxy = new RecordingProxy(host.Port);
        string home = await host.HomeBehindAsync(proxy.Port);
        (int exitCode, _) = await host.ProgramAsync(build, "TwoVersions.dll", new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Application"] = "counted" });
        Assert.Equal(0, exitCode);
        return await proxy.SaidAsync();
    }
}
