using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Which deployment of an application callers get who name no build.</summary>
public sealed class CurrentVersionTests
{
    private const string Serve = """say '{"kind":"serving"}'""";

    [Fact]
    public async Task A_deployment_is_current_once_it_serves_and_the_use_of_an_older_one_changes_nothing()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment first = await host.DeployAsync(Serve + " # 1");
        Assert.Null((await CurrentAsync(host)).Current);
        await host.ConnectAsync(first);
        TestDeployment second = await host.DeployAsync(Serve + " # 2");
        Assert.Equal((first.Id, null), await CurrentAsync(host));
        await host.ConnectAsync(second);
        await host.ConnectAsync(first);
        Assert.Equal((second.Id, first.Id), await CurrentAsync(host));
    }

    [Fact]
    public void A_deployment_whose_call_has_waited_does_not_take_the_place_of_one_that_came_meanwhile()
    {
        var folders = new HostFolders(TestHost.NewSettings().Home);
        folders.Create();
        var versions = new CurrentVersions(folders, NullLogger<CurrentVersions>.Instance);
        Deployment first = Of("1"), second = Of("2"), third = Of("3");
        versions.Add(second);
        versions.Add(first, behind: null);
        Assert.Equal((second.Id, null), versions.Of("App"));
        versions.Add(third, behind: second.Id);
        Assert.Equal((third.Id, second.Id), versions.Of("App"));
        Directory.Delete(folders.Home, recursive: true);

        static Deployment Of(string id) => new(id, "", new DeploymentManifest { Application = "App", EntryAssembly = "app.dll", Files = [] });
    }

    [Fact]
    [Acceptance(23)]
    public async Task A_deployment_that_does_not_start_leaves_the_current_one_in_its_place()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment good = await host.DeployAsync(Serve);
        await host.ConnectAsync(good);
        TestDeployment bad = await host.DeployAsync("exit 7");
        await TestHost.RefusalAsync(await host.Client.PostAsync($"/v1/deployments/{bad.Id}/connect", null), HttpStatusCode.Conflict);
        HostError error = await TestHost.RefusalAsync(await MakeCurrentAsync(host, bad.Id), HttpStatusCode.Conflict);
        Assert.Contains("exit code 7", error.Message, StringComparison.Ordinal);
        Assert.Equal((good.Id, null), await CurrentAsync(host));
    }

    [Fact]
    public async Task An_earlier_one_is_made_current_and_the_other_is_the_previous_one_then()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment first = await host.DeployAsync(Serve + " # 1");
        TestDeployment second = await host.DeployAsync(Serve + " # 2");
        await host.ConnectAsync(first);
        ConnectReply running = await host.ConnectAsync(second);
        (await MakeCurrentAsync(host, first.Id)).EnsureSuccessStatusCode();
        Assert.Equal((first.Id, second.Id), await CurrentAsync(host));

        // Who has the other build is served by it as before.
        Assert.Equal(running.WorkerId, (await host.ConnectAsync(second)).WorkerId);
        Assert.Equal((first.Id, second.Id), await CurrentAsync(host));

        HostError error = await TestHost.RefusalAsync(await MakeCurrentAsync(host, second.Id, instead: second.Id), HttpStatusCode.Conflict);
        Assert.Contains(first.Id, error.Message, StringComparison.Ordinal);
        (await MakeCurrentAsync(host, second.Id, instead: first.Id)).EnsureSuccessStatusCode();
        Assert.Equal((second.Id, first.Id), await CurrentAsync(host));
        await TestHost.RefusalAsync(await MakeCurrentAsync(host, new string('0', 64)), HttpStatusCode.NotFound);
    }

    [Fact]
    [Acceptance(28)]
    public async Task What_is_current_is_so_after_a_restart_of_the_host_and_is_served_by_itself()
    {
        HostSettings settings = TestHost.NewSettings();
        TestDeployment first, second;
        await using (TestHost host = await TestHost.StartAsync(settings, keepsHome: true))
        {
            first = await host.DeployAsync(Serve + " # 1");
            second = await host.DeployAsync(Serve + " # 2");
            await host.ConnectAsync(first);
            await host.ConnectAsync(second);
            (await MakeCurrentAsync(host, first.Id)).EnsureSuccessStatusCode();
        }

        await using TestHost again = await TestHost.StartAsync(settings);
        Assert.Equal((first.Id, second.Id), await CurrentAsync(again));
        await again.ConnectAsync(first);
        await again.ConnectAsync(second);
        Assert.Equal((first.Id, second.Id), await CurrentAsync(again));
    }

    private static Task<HttpResponseMessage> MakeCurrentAsync(TestHost host, string id, string? instead = null)
        => host.Client.PostAsync($"/v1/deployments/{id}/current{(instead is null ? "" : "?instead=" + instead)}", null);

    private static async Task<(string? Current, string? Previous)> CurrentAsync(TestHost host)
    {
        HostStatus status = await host.StatusAsync();
        return (status.Deployments.SingleOrDefault(static one => one.IsCurrent)?.Id, status.Deployments.SingleOrDefault(static one => one.IsPrevious)?.Id);
    }
}
