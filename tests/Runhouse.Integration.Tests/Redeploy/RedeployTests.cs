using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

public sealed class RedeployTests(LocalHost host)
{
    [Fact]
    [Acceptance(25)]
    public async Task Unchanged_code_is_not_deployed_again_and_its_worker_stays()
    {
        (_, string[] first) = await host.CallerAsync("process-id");
        string[] deployments = await host.DeploymentsOfCallerAsync();
        (_, string[] second) = await host.CallerAsync("process-id");
        Assert.Equal(first, second);
        Assert.Equal(deployments, await host.DeploymentsOfCallerAsync());
    }

    [Fact]
    [Acceptance(25)]
    public async Task Live_objects_stay_when_the_same_code_runs_again()
    {
        (int exitCode, string[] created) = await host.CallerAsync("create-named", "survivor", "7");
        Assert.Equal(0, exitCode);
        Assert.Contains("value 8", created);
        (_, string[] attached) = await host.CallerAsync("attach", "survivor");
        Assert.Contains("value 18", attached);
        await using CounterRemote counter = await Counter.Remote.AttachAsync("survivor");
        await counter.DeleteAsync();
    }

    [Fact]
    public async Task The_host_runs_from_the_folder_of_Runhouse_and_needs_no_build_output_of_the_program_that_started_it()
    {
        await Jobs.Remote.ProcessIdAsync();
        string program = Assert.Single(Directory.GetFiles(Path.Combine(host.Home, "programs"), "Runhouse.Host.dll", SearchOption.AllDirectories));
        string worker = Path.Combine(Path.GetDirectoryName(program)!, "..", "worker", "Runhouse.Worker.dll");
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains(program, await host.CommandLineAsync(), StringComparison.Ordinal);
            Assert.Contains(Path.GetFullPath(worker), await LocalHost.CommandLineAsync(await Jobs.Remote.ProcessIdAsync()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Programs_of_different_builds_have_workers_of_their_own()
    {
        (_, string[] other) = await host.CallerAsync("process-id");
        Assert.NotEqual($"worker {await Jobs.Remote.ProcessIdAsync()}", other[^1]);
        JsonElement status = await host.StatusAsync();
        Assert.True(status.GetProperty("deployments").GetArrayLength() >= 2);
    }
}
