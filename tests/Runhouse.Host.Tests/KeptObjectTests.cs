using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Named objects that keep their state, as far as their host has to do with them: the workers are scripts.</summary>
public sealed class KeptObjectTests
{
    /// <summary>Has the object "tuner" with a state that its host keeps, and writes down what it is told.</summary>
    private const string Holder = """
        folder=${load#*\"socketPath\":\"}; folder=${folder%%\"*}; worker=${folder##*/}; worker=${worker%.sock}; folder=${folder%/*}
        on_message() {
          printf '%s\n' "$1" >> "$directory/seen"
          case "$1" in
            *'"reservation"'*) printf state > "$folder/$worker-2.state"; say "{\"kind\":\"keep-state\",\"requestId\":2,\"name\":\"tuner\",\"objectId\":5,\"file\":\"$worker-2.state\"}";;
            *'"state-kept"'*) say '{"kind":"serving"}';;
            *'"kind":"hold"'*) number=${1#*\"requestId\":}; number=${number%%,*}; say "{\"kind\":\"held\",\"requestId\":$number,\"error\":ERROR}";;
          esac
        }
        printf construction > "$folder/$worker-1.state"
        say "{\"kind\":\"reserve\",\"requestId\":1,\"name\":\"tuner\",\"typeName\":\"App.Tuner\",\"objectId\":5,\"replace\":false,\"construction\":\"$worker-1.state\"}"
        """;

    private const string Next = """
        say '{"kind":"serving"}'
        on_message() {
          number=${1#*\"requestId\":}; number=${number%%,*}
          case "$1" in
            *'"kind":"restore"'*) say "{\"kind\":\"restored\",\"requestId\":$number}";;
            *'"kind":"hold"'*) say "{\"kind\":\"held\",\"requestId\":$number}";;
          esac
        }
        """;

    [Fact]
    public async Task An_object_whose_state_cannot_be_handed_over_goes_on_where_it_is()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment holder = await host.DeployAsync(Holder.Replace("ERROR", "null", StringComparison.Ordinal));
        ConnectReply reply = await host.ConnectAsync(holder);
        TestDeployment next = await host.DeployAsync(Next);
        ConnectReply other = await host.ConnectAsync(next);

        // Where the file with what it was constructed with belongs is something else.
        string sockets = Path.GetDirectoryName(other.SocketPath)!;
        string obstacle = Path.Combine(sockets, $"{other.WorkerId}-host-1-construction.state");
        await File.WriteAllTextAsync(obstacle, "");
        HostError error = await TestHost.RefusalAsync(await AskAsync(host, next), HttpStatusCode.Conflict);
        Assert.Equal(HostErrorCode.Snapshot, error.Code);
        Assert.Contains("its state cannot be handed over", error.Message, StringComparison.Ordinal);
        await TestHost.EventuallyAsync(() => File.ReadAllText(Path.Combine(host.Home, "deployments", holder.Id, "seen")).Contains("\"kind\":\"let-go\",\"objectId\":5,\"hasMoved\":false", StringComparison.Ordinal));
        Assert.Equal(reply.WorkerId, Assert.Single((await host.StatusAsync()).Objects).WorkerId);

        // It was no fault of the version.
        (await AskAsync(host, next)).EnsureSuccessStatusCode();
        Assert.Equal(other.WorkerId, Assert.Single((await host.StatusAsync()).Objects).WorkerId);
    }

    [Fact]
    public async Task An_object_whose_last_state_does_not_come_at_its_hosts_stop_is_lost_instead_of_going_back()
    {
        Hosting.HostSettings settings = TestHost.NewSettings();
        TestHost host = await TestHost.StartAsync(settings, keepsHome: true);
        await host.ConnectAsync(await host.DeployAsync(Holder.Replace("ERROR", "\\\"it took too long\\\"", StringComparison.Ordinal)));
        await host.DisposeAsync();

        await using TestHost again = await TestHost.StartAsync(settings);
        HostError error = await TestHost.RefusalAsync(await again.Client.PostAsync("/v1/objects/connect?name=tuner", null), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.Lost, error.Code);
        Assert.Contains("its latest state was not kept: it took too long", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_whose_worker_does_not_answer_at_its_hosts_stop_is_not_waited_for_any_longer()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        Hosting.HostSettings settings = TestHost.NewSettings();
        TestHost host = await TestHost.StartAsync(settings, time, keepsHome: true);
        await host.ConnectAsync(await host.DeployAsync(Holder.Replace("\"kind\":\"hold\"", "never", StringComparison.Ordinal)));
        Task stopping = host.DisposeAsync().AsTask();
        await TestHost.EventuallyAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return stopping.IsCompleted;
        });
        await stopping;
        await using TestHost again = await TestHost.StartAsync(settings);
        HostError error = await TestHost.RefusalAsync(await again.Client.PostAsync("/v1/objects/connect?name=tuner", null), HttpStatusCode.NotFound);
        Assert.Contains("lost with its host, which was stopped, and its latest state was not kept: its worker does not answer", error.Message, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> AskAsync(TestHost host, TestDeployment build) => host.Client.PostAsync(
        $"/v1/objects/connect?name=tuner&deployment={build.Id}", JsonContent.Create(new WorkerRequest(), ControlJson.Default.WorkerRequest));
}
