using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Workers whose code is changed while they run: whom they serve, and as what.</summary>
public sealed class ChangedWorkerTests
{
    // Answers patches: refuses those whose assembly is 'Refused'. It has a session, and a named object.
    private const string Serve = """
        on_message() {
          case "$1" in *'"kind":"patch"'*)
            number=${1#*\"requestId\":}; number=${number%%,*}
            case "$1" in
              *Refused*) say "{\"kind\":\"patched\",\"requestId\":$number,\"error\":\"refused\"}";;
              *) say "{\"kind\":\"patched\",\"requestId\":$number}";;
            esac;;
          esac
        }
        say '{"kind":"load","calls":0,"sessions":1,"objects":0}'
        say '{"kind":"serving"}'
        """;

    private static CodePatch Patch(string assembly = "App", int number = 1) => new(assembly, Guid.Empty, number, "", "", "");

    [Fact]
    public async Task A_worker_that_was_changed_serves_no_newcomers_of_the_build_that_it_was()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($"say '{{\"kind\":\"reserve\",\"requestId\":1,\"name\":\"kept\",\"typeName\":\"T\",\"objectId\":7,\"replace\":false}}'; {Serve}");
        ConnectReply watched = await host.ConnectAsync(deployment);
        Assert.Equal("", watched.Changes);
        PatchReply patched = await PatchAsync(host, deployment, watched.Changes, Patch());
        Assert.Equal([new PatchedWorker(watched.WorkerId, null)], patched.Workers);

        ConnectReply other = await host.ConnectAsync(deployment);

        Assert.NotEqual(watched.WorkerId, other.WorkerId);
        Assert.Equal("", other.Changes);
        Assert.Equal(other.WorkerId, (await host.ConnectAsync(deployment)).WorkerId);

        // Who is attached to it, or looks for what is in it, still finds it.
        ConnectReply again = await ReadAsync(host.Client.PostAsync($"/v1/workers/{watched.WorkerId}/connect", null), ControlJson.Default.ConnectReply);
        Assert.Equal(patched.Changes, again.Changes);
        ConnectReply named = await ReadAsync(host.Client.PostAsync("/v1/objects/connect?name=kept", null), ControlJson.Default.ConnectReply);
        Assert.Equal((watched.WorkerId, 7UL), (named.WorkerId, named.ObjectId));
    }

    [Fact]
    public async Task A_change_goes_on_in_the_worker_that_has_those_before_it_which_is_adopted_in_place_of_whichever_serves()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync(Serve);
        TestDeployment built = await host.DeployAsync(Serve + "\n# built");
        ConnectReply watched = await host.ConnectAsync(deployment);
        string first = (await PatchAsync(host, deployment, "", Patch())).Changes;
        ConnectReply other = await host.ConnectAsync(deployment);
        ConnectReply early = await host.ConnectAsync(built);

        PatchReply second = await PatchAsync(host, deployment, first, Patch(number: 2));
        Assert.Equal([new PatchedWorker(watched.WorkerId, null)], second.Workers);
        Assert.NotEqual(first, second.Changes);
        Assert.Empty((await AdoptAsync(host, built, deployment, first)).Workers);
        Assert.Equal([watched.WorkerId], (await AdoptAsync(host, built, deployment, second.Changes)).Workers);

        Assert.Equal(watched.WorkerId, (await host.ConnectAsync(built)).WorkerId);
        Assert.Equal(other.WorkerId, (await host.ConnectAsync(deployment)).WorkerId);
        Assert.Equal(WorkerState.Serving, (await host.FateAsync(early.WorkerId, wait: 0)).State);
    }

    [Fact]
    public async Task A_worker_whose_changes_were_taken_back_is_adopted_by_the_build_that_it_was()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync(Serve);
        ConnectReply watched = await host.ConnectAsync(deployment);
        string first = (await PatchAsync(host, deployment, "", Patch())).Changes;
        string second = (await PatchAsync(host, deployment, first, Patch(number: 2))).Changes;

        Assert.Equal([watched.WorkerId], (await AdoptAsync(host, deployment, deployment, second)).Workers);
        ConnectReply next = await host.ConnectAsync(deployment);
        Assert.Equal((watched.WorkerId, second), (next.WorkerId, next.Changes));
    }

    [Fact]
    public async Task A_change_that_a_worker_refuses_leaves_it_what_it_was()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync(Serve);
        ConnectReply watched = await host.ConnectAsync(deployment);
        Assert.Equal([new PatchedWorker(watched.WorkerId, "refused")], (await PatchAsync(host, deployment, "", Patch("Refused"))).Workers);
        ConnectReply next = await host.ConnectAsync(deployment);
        Assert.Equal((watched.WorkerId, ""), (next.WorkerId, next.Changes));
    }

    [Fact]
    public async Task Who_calls_by_names_and_has_no_build_is_served_by_the_worker_that_somebody_changes_while_anybody_is_connected_to_it()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync($$"""mkfifo $directory/gone; {{Serve}}; read -r line < $directory/gone; say '{"kind":"load","calls":0,"sessions":0,"objects":0}' """);
        ConnectReply watched = await host.ConnectAsync(deployment);
        Task<PatchReply> patching = PatchAsync(host, deployment, "", Patch());
        var tool = new WorkerRequest { AcceptsChanges = true };
        while ((await host.ConnectAsync(deployment)).WorkerId == watched.WorkerId)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Assert.Equal(watched.WorkerId, (await host.ConnectAsync(deployment, tool)).WorkerId);

        await File.WriteAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "gone"), "gone\n", TestContext.Current.CancellationToken);
        await patching;
        while ((await host.FateAsync(watched.WorkerId, wait: 0)).Sessions > 0)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Assert.NotEqual(watched.WorkerId, (await host.ConnectAsync(deployment, tool)).WorkerId);
    }

    private static Task<PatchReply> PatchAsync(TestHost host, TestDeployment deployment, string changes, CodePatch patch) => ReadAsync(
        host.Client.PostAsync($"/v1/deployments/{deployment.Id}/patches?changes={changes}", JsonContent.Create(patch, ControlJson.Default.CodePatch)), ControlJson.Default.PatchReply);

    private static Task<AdoptReply> AdoptAsync(TestHost host, TestDeployment deployment, TestDeployment former, string changes)
        => ReadAsync(host.Client.PostAsync($"/v1/deployments/{deployment.Id}/adopt?workers-of={former.Id}&changes={changes}", null), ControlJson.Default.AdoptReply);

    private static async Task<T> ReadAsync<T>(Task<HttpResponseMessage> answer, JsonTypeInfo<T> type)
    {
        string body = await (await answer).Content.ReadAsStringAsync();
        Assert.True((await answer).IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize(body, type)!;
    }
}
