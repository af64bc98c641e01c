using System.Net;
using System.Net.Http.Json;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Named objects that come back at the next host, and those that go to another version: the workers are scripts.</summary>
public sealed class ObjectReturnTests
{
    /// <summary>
    /// Makes the object "tuner", whose state is kept, and writes down what it is told. At its second start it makes the object again when its host asks for that: the first time once somebody
    /// says how, by a line that goes into its answer.
    /// </summary>
    private const string Tuner = """
        folder=${load#*\"socketPath\":\"}; folder=${folder%%\"*}; worker=${folder##*/}; worker=${worker%.sock}; folder=${folder%/*}
        again=; [ -p "$directory/how" ] && again=yes
        on_message() {
          printf '%s\n' "$1" >> "$directory/seen"
          number=${1#*\"requestId\":}; number=${number%%[,\}]*}
          case "$1" in
            *'"reservation"'*) printf state > "$folder/$worker-2.state"; say "{\"kind\":\"keep-state\",\"requestId\":2,\"name\":\"tuner\",\"objectId\":5,\"file\":\"$worker-2.state\"}";;
            *'"state-kept"'*) say '{"kind":"serving"}';;
            *'"kind":"hold"'*) say "{\"kind\":\"held\",\"requestId\":$number}";;
            *'"kind":"restore"'*)
              how=; [ -e "$directory/told" ] || { read -r how < "$directory/how"; echo > "$directory/told"; }
              say "{\"kind\":\"restored\",\"requestId\":$number$how}";;
          esac
        }
        if [ "$again" ]; then
          say '{"kind":"serving"}'
        else
          mkfifo "$directory/how"
          printf construction > "$folder/$worker-1.state"
          say "{\"kind\":\"reserve\",\"requestId\":1,\"name\":\"tuner\",\"typeName\":\"App.Tuner\",\"objectId\":5,\"replace\":false,\"construction\":\"$worker-1.state\"}"
        fi
        """;

    private const string Refusing = """
        say '{"kind":"serving"}'
        on_message() {
          number=${1#*\"requestId\":}; number=${number%%,*}
          case "$1" in
            *'"kind":"restore"'*) say "{\"kind\":\"restored\",\"requestId\":$number,\"error\":\"not for this version\"}";;
            *'"kind":"hold"'*) say "{\"kind\":\"held\",\"requestId\":$number}";;
          esac
        }
        """;

    [Fact]
    public async Task An_object_that_could_not_be_made_again_comes_back_for_whoever_asks_next()
    {
        (TestHost host, string folder) = await RestartedAsync();
        await using TestHost again = host;
        Task<HttpResponseMessage> asking = AskAsync(host);
        await TellAsync(folder, ",\"error\":\"out of memory.\"");
        HostError error = await TestHost.RefusalAsync(await asking, HttpStatusCode.Conflict);
        Assert.Equal(HostErrorCode.Snapshot, error.Code);
        Assert.EndsWith("out of memory. Its state stays kept; correct the cause, and ask again.", error.Message, StringComparison.Ordinal);
        Assert.Null(Assert.Single((await host.StatusAsync()).Objects).WorkerId);
        (await AskAsync(host)).EnsureSuccessStatusCode();
        Assert.NotNull(Assert.Single((await host.StatusAsync()).Objects).WorkerId);
    }

    [Fact]
    public async Task An_object_that_several_ask_for_at_once_is_made_again_once()
    {
        (TestHost host, string folder) = await RestartedAsync();
        await using TestHost again = host;
        Task<HttpResponseMessage>[] asking = [.. Enumerable.Range(0, 8).Select(_ => AskAsync(host))];
        await TellAsync(folder, "");
        ConnectReply?[] replies = await Task.WhenAll((await Task.WhenAll(asking)).Select(static answer => answer.Content.ReadFromJsonAsync(ControlJson.Default.ConnectReply)));
        Assert.Single(replies.Select(static reply => (reply!.WorkerId, reply.ObjectId)).Distinct());
        Assert.Single(await SeenAsync(folder, "\"kind\":\"restore\""));
    }

    [Fact]
    public async Task An_object_that_is_deleted_while_it_is_being_made_again_is_gone()
    {
        (TestHost host, string folder) = await RestartedAsync();
        await using TestHost again = host;
        Task<HttpResponseMessage> asking = AskAsync(host);
        await TestHost.EventuallyAsync(() => SeenAsync(folder, "\"kind\":\"restore\"").Result.Length > 0);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync("/v1/objects?name=tuner")).StatusCode);
        await TellAsync(folder, "");
        HostError error = await TestHost.RefusalAsync(await asking, HttpStatusCode.NotFound);
        Assert.Contains("deleted or replaced", error.Message, StringComparison.Ordinal);
        await TestHost.EventuallyAsync(() => SeenAsync(folder, "\"kind\":\"drop\",\"objectId\":5").Result.Length > 0);
        Assert.Empty((await host.StatusAsync()).Objects);
        error = await TestHost.RefusalAsync(await AskAsync(host), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.NotFound, error.Code);
    }

    [Fact]
    [Acceptance(23)]
    public async Task A_version_that_does_not_take_an_object_does_not_become_the_current_one_by_it()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment first = await host.DeployAsync(Tuner);
        ConnectReply holder = await host.ConnectAsync(first);
        TestDeployment refusing = await host.DeployAsync(Refusing);
        HostError error = await TestHost.RefusalAsync(await AskAsync(host, refusing), HttpStatusCode.Conflict);
        Assert.Contains("not for this version. It stays in deployment", error.Message, StringComparison.Ordinal);
        Assert.Equal(first.Id, Assert.Single((await host.StatusAsync()).Deployments, static one => one.IsCurrent).Id);

        // Nor does whoever asks without a build get it anywhere else.
        ConnectReply reply = (await (await AskAsync(host)).Content.ReadFromJsonAsync(ControlJson.Default.ConnectReply))!;
        Assert.Equal(holder.WorkerId, reply.WorkerId);
        TestDeployment taking = await host.DeployAsync(Refusing.Replace(",\\\"error\\\":\\\"not for this version\\\"", "", StringComparison.Ordinal));
        (await AskAsync(host, taking)).EnsureSuccessStatusCode();
        Assert.Equal(taking.Id, Assert.Single((await host.StatusAsync()).Deployments, static one => one.IsCurrent).Id);
    }

    /// <summary>A host whose predecessor has left the object; and the folder of its deployment.</summary>
    private static async Task<(TestHost Host, string Folder)> RestartedAsync()
    {
        HostSettings settings = TestHost.NewSettings();
        TestDeployment deployment;
        await using (TestHost host = await TestHost.StartAsync(settings, keepsHome: true))
        {
            deployment = await host.DeployAsync(Tuner);
            await host.ConnectAsync(deployment);
        }

        return (await TestHost.StartAsync(settings), Path.Combine(settings.Home, "deployments", deployment.Id));
    }

    private static Task TellAsync(string folder, string how) => File.WriteAllTextAsync(Path.Combine(folder, "how"), how + "\n");

    private static async Task<string[]> SeenAsync(string folder, string text)
        => [.. (await File.ReadAllLinesAsync(Path.Combine(folder, "seen"))).Where(line => line.Contains(text, StringComparison.Ordinal))];

    private static Task<HttpResponseMessage> AskAsync(TestHost host, TestDeployment? build = null) => host.Client.PostAsync(
        $"/v1/objects/connect?name=tuner{(build is null ? "" : $"&deployment={build.Id}")}", build is null ? null : JsonContent.Create(new WorkerRequest(), ControlJson.Default.WorkerRequest));
}
