using System.Net;
using System.Net.Http.Json;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class NameTests
{
    /// <summary>Reserves a name before it serves and keeps what it is told in the file <c>seen</c>.</summary>
    private static string Reserving(string name, int objectId, bool replace = false) => $$"""
        on_message() {
          printf '%s\n' "$1" >> "$directory/seen"
          case "$1" in *'"reservation"'*) say '{"kind":"serving"}';; *'"drop"'*) say '{"kind":"release","name":"{{name}}","objectId":{{objectId}}}'; say '{"kind":"load","calls":0,"sessions":0,"objects":0}';; esac
        }
        say '{"kind":"reserve","requestId":1,"name":"{{name}}","typeName":"App.Tuner","objectId":{{objectId}},"replace":{{(replace ? "true" : "false")}}}'
        """;

    [Theory]
    [InlineData("team/tuner 1")]
    [InlineData("..")]
    [InlineData("a%2Fb?c&d=é")]
    public async Task A_reserved_name_leads_to_its_object(string name)
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply worker = await host.ConnectAsync(await host.DeployAsync(Reserving(name, 77)));

        HttpResponseMessage answer = await host.Client.PostAsync($"/v1/objects/connect?name={Uri.EscapeDataString(name)}", null);
        ConnectReply? reply = await answer.Content.ReadFromJsonAsync(ControlJson.Default.ConnectReply);

        Assert.Equal((worker.WorkerId, worker.SocketPath, 77UL, "App.Tuner"), (reply!.WorkerId, reply.SocketPath, reply.ObjectId, reply.TypeName));
        Assert.Equal(new NamedObjectStatus(name, "App.Tuner", worker.WorkerId, 77), Assert.Single((await host.StatusAsync()).Objects));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_lists_near_names()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.ConnectAsync(await host.DeployAsync(Reserving("tuner-1", 1), "A"));
        await host.ConnectAsync(await host.DeployAsync(Reserving("evaluator", 2), "B"));

        HostError error = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/objects/connect?name=Tuner1", null), HttpStatusCode.NotFound);

        Assert.Equal(HostErrorCode.NotFound, error.Code);
        Assert.Contains("'tuner-1'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("evaluator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_name_is_a_conflict_that_says_who_has_it()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply first = await host.ConnectAsync(await host.DeployAsync(Reserving("tuner", 1), "A"));
        TestDeployment second = await host.DeployAsync(Reserving("tuner", 2), "B");
        await host.ConnectAsync(second);

        string seen = await File.ReadAllTextAsync(Path.Combine(host.Home, "deployments", second.Id, "seen"));
        var reservation = (NameReservation)System.Text.Json.JsonSerializer.Deserialize(seen, ControlJson.Default.HostToWorkerMessage)!;
        Assert.Equal(1, reservation.RequestId);
        Assert.Contains("App.Tuner", reservation.Error, StringComparison.Ordinal);
        Assert.Contains(first.WorkerId, reservation.Error, StringComparison.Ordinal);
        Assert.Equal(1UL, Assert.Single((await host.StatusAsync()).Objects).ObjectId);
    }

    [Fact]
    public async Task A_replaced_object_is_dropped_in_its_worker_and_its_late_release_changes_nothing()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment first = await host.DeployAsync(Reserving("tuner", 1), "A");
        await host.ConnectAsync(first);
        await host.ConnectAsync(await host.DeployAsync(Reserving("tuner", 2, replace: true), "B"));

        // Deleting by name reaches the new one; the old one's release, which went before or after, did not take the name away.
        Assert.Equal(2UL, Assert.Single((await host.StatusAsync()).Objects).ObjectId);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync("/v1/objects?name=tuner")).StatusCode);
        Assert.Empty((await host.StatusAsync()).Objects);
        await TestHost.RefusalAsync(await host.Client.DeleteAsync("/v1/objects?name=tuner"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_deleted_name_drops_the_object_in_its_worker()
    {
        await using TestHost host = await TestHost.StartAsync();
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync("""
            on_message() { case "$1" in *'"reservation"'*) say '{"kind":"serving"}';; *'"drop","objectId":5'*) exit 42;; esac; }
            say '{"kind":"reserve","requestId":1,"name":"tuner","typeName":"T","objectId":5,"replace":false}'
            """));
        await host.Client.DeleteAsync("/v1/objects?name=tuner");
        Assert.Equal(42, (await host.FateAsync(reply.WorkerId)).ExitCode);
    }

    [Fact]
    public async Task The_names_of_a_worker_that_ended_are_free_and_its_objects_are_said_to_be_lost()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = await host.DeployAsync("mkfifo $directory/go; " + Reserving("tuner", 1) + "\nIFS= read -r message; on_message \"$message\"; read -r line < $directory/go; exit 1");
        ConnectReply reply = await host.ConnectAsync(deployment);
        await File.WriteAllTextAsync(Path.Combine(host.Home, "deployments", deployment.Id, "go"), "\n");
        await host.FateAsync(reply.WorkerId);

        Assert.Empty((await host.StatusAsync()).Objects);
        HostError error = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/objects/connect?name=tuner", null), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.Lost, error.Code);
        Assert.StartsWith($"The remote object 'tuner' (App.Tuner) was lost with worker {reply.WorkerId}, which ended with exit code 1", error.Message, StringComparison.Ordinal);
        error = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/objects/connect?name=never", null), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.NotFound, error.Code);
        Assert.Contains("Create it first", error.Message, StringComparison.Ordinal);
    }
}
