using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>What a host keeps of named objects, whatever becomes of it: the workers are scripts.</summary>
public sealed class KeptStateTests
{
    /// <summary>Has the object "tuner" with one state after the other, and writes down which ones its host has said that it keeps.</summary>
    private const string Changing = """
        folder=${load#*\"socketPath\":\"}; folder=${folder%%\"*}; worker=${folder##*/}; worker=${worker%.sock}; folder=${folder%/*}
        n=1
        change() { n=$((n+1)); printf '%s' "$n" > "$folder/$worker-$n.state"; say "{\"kind\":\"keep-state\",\"requestId\":$n,\"name\":\"tuner\",\"objectId\":5,\"file\":\"$worker-$n.state\"}"; }
        on_message() {
          case "$1" in
            *'"reservation"'*) say '{"kind":"serving"}'; change;;
            *'"state-kept"'*'"error"'*) printf '%s\n' "$1" > "$directory/problem";;
            *'"state-kept"'*) printf '%s\n' "$n" >> "$directory/acknowledged"; change;;
            *'"kind":"hold"'*) number=${1#*\"requestId\":}; say "{\"kind\":\"held\",\"requestId\":${number%%,*}}";;
          esac
        }
        printf construction > "$folder/$worker-1.state"
        say "{\"kind\":\"reserve\",\"requestId\":1,\"name\":\"tuner\",\"typeName\":\"App.Tuner\",\"objectId\":5,\"replace\":false,\"construction\":\"$worker-1.state\"}"
        """;

    [Theory]
    [Acceptance(28)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(60)]
    public async Task A_state_that_a_host_has_said_that_it_keeps_is_there_after_the_host_was_killed(int changes)
    {
        TestHost host = await TestHost.StartProcessAsync();
        TestDeployment deployment = await host.DeployAsync(Changing);
        ConnectReply reply = await host.ConnectAsync(deployment);
        int process = (await host.FateAsync(reply.WorkerId, wait: 0)).ProcessId;
        string acknowledged = Path.Combine(host.Home, "deployments", deployment.Id, "acknowledged");
        await Eventually(() => File.Exists(acknowledged) && File.ReadAllLines(acknowledged).Length >= changes);
        await host.KillAsync();
        await Eventually(() => !Directory.Exists($"/proc/{process}"));
        int last = int.Parse(File.ReadAllLines(acknowledged)[^1], CultureInfo.InvariantCulture);
        byte[] kept = Use(host.Settings, static table => table.Find("tuner", 5)!.Value.State!);

        // The one that was on its way is there, or is not.
        Assert.InRange(int.Parse(kept, CultureInfo.InvariantCulture), last, last + 1);
        Assert.Null(Use(host.Settings, static table => Assert.Single(table.All()).Problem));
        Directory.Delete(host.Home, recursive: true);
    }

    [Fact]
    public async Task A_state_over_the_limit_is_not_kept_and_the_object_does_not_go_back_to_a_smaller_one()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { Limits = new WireLimits { HangGraceSeconds = 0, MaxStateBytes = 1 } });
        TestDeployment deployment = await host.DeployAsync(Changing);
        ConnectReply reply = await host.ConnectAsync(deployment);
        string problem = Path.Combine(host.Home, "deployments", deployment.Id, "problem");
        await Eventually(() => File.Exists(problem) && File.ReadAllText(problem).EndsWith('\n'));
        Assert.Contains("its state has 2 bytes, and 1 are kept at most", await File.ReadAllTextAsync(problem), StringComparison.Ordinal);
        using (var worker = Process.GetProcessById((await host.FateAsync(reply.WorkerId, wait: 0)).ProcessId))
            worker.Kill();
        await host.FateAsync(reply.WorkerId);
        HostError error = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/objects/connect?name=tuner", null), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.Lost, error.Code);
        Assert.Contains("and 1 are kept at most", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_whose_state_is_kept_does_not_come_back_once_one_without_state_has_its_name()
    {
        TestHost host = await TestHost.StartProcessAsync();
        await host.ConnectAsync(await host.DeployAsync(Changing, "A"));
        await host.ConnectAsync(await host.DeployAsync("""
            on_message() { case "$1" in *'"reservation"'*) say '{"kind":"serving"}';; esac; }
            say '{"kind":"reserve","requestId":1,"name":"tuner","typeName":"App.Other","objectId":6,"replace":true}'
            """, "B"));
        await host.KillAsync();
        StoredObject noted = Use(host.Settings, static table => Assert.Single(table.All()));
        Assert.Equal((6UL, "App.Other", false), (noted.ObjectId, noted.TypeName, noted.KeepsState));
        Directory.Delete(host.Home, recursive: true);
    }

    [Fact]
    public async Task Of_two_workers_that_replace_each_others_objects_all_the_time_the_store_has_the_last_one_too()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment[] both = [await host.DeployAsync(Replacing(1000), "A"), await host.DeployAsync(Replacing(2000), "B")];
        await Task.WhenAll(both.Select(host.ConnectAsync));
        await Eventually(() => both.All(one => File.Exists(Path.Combine(host.Home, "deployments", one.Id, "done"))));
        ulong last = Assert.Single((await host.StatusAsync()).Objects).ObjectId;
        Assert.Equal(last, Use(host.Settings, static table => Assert.Single(table.All())).ObjectId);

        static string Replacing(int from) => $$"""
            folder=${load#*\"socketPath\":\"}; folder=${folder%%\"*}; worker=${folder##*/}; worker=${worker%.sock}; folder=${folder%/*}
            n={{from}}
            reserve() { n=$((n+1)); printf construction > "$folder/$worker-$n.state"; say "{\"kind\":\"reserve\",\"requestId\":$n,\"name\":\"tuner\",\"typeName\":\"App.Tuner\",\"objectId\":$n,\"replace\":true,\"construction\":\"$worker-$n.state\"}"; }
            on_message() {
              case "$1" in
                *'"reservation"'*) if [ $n -lt $(({{from}}+50)) ]; then reserve; else : > "$directory/done"; fi;;
              esac
            }
            say '{"kind":"serving"}'
            reserve
            """;
    }

    [Fact]
    public async Task An_object_without_state_is_as_good_as_ever_where_it_cannot_be_noted_and_the_log_says_so()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.ConnectAsync(await host.DeployAsync(Changing, "A"));
        TestHost.Execute(host.Home, "CREATE TRIGGER full BEFORE INSERT ON objects BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
        ConnectReply reply = await host.ConnectAsync(await host.DeployAsync("""
            on_message() { case "$1" in *'"reservation"'*) say '{"kind":"serving"}';; esac; }
            say '{"kind":"reserve","requestId":1,"name":"other","typeName":"App.Other","objectId":6,"replace":false}'
            """, "B"));
        string log = Path.Combine(host.Home, "logs", "host.log");
        await Eventually(() => File.ReadAllText(log).Contains("What becomes of the remote object 'other', and of 0 others, cannot be noted in the host's store", StringComparison.Ordinal));
        Assert.Contains("the disk is full", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.Equal(reply.WorkerId, (await host.StatusAsync()).Objects.Single(static named => named.Name == "other").WorkerId);
    }

    [Fact]
    public async Task A_kept_object_goes_to_another_host_with_its_state_once()
    {
        await using TestHost first = await TestHost.StartAsync();
        await using TestHost second = await TestHost.StartAsync();
        TestDeployment deployment = await first.DeployAsync(Changing);
        ConnectReply reply = await first.ConnectAsync(deployment);
        string acknowledged = Path.Combine(first.Home, "deployments", deployment.Id, "acknowledged");
        await Eventually(() => File.Exists(acknowledged) && File.ReadAllLines(acknowledged).Length > 2);
        using (var worker = Process.GetProcessById((await first.FateAsync(reply.WorkerId, wait: 0)).ProcessId))
            worker.Kill();
        await first.FateAsync(reply.WorkerId);

        Assert.Equal(["tuner"], (await first.Client.GetFromJsonAsync("/v1/objects/kept", ControlJson.Default.KeptObjectList))!.Names);
        TransferredObject kept = (await first.Client.GetFromJsonAsync("/v1/objects/kept?name=tuner", ControlJson.Default.TransferredObject))!;
        Assert.Equal("construction"u8, kept.Construction);
        Assert.True(int.Parse(kept.State, CultureInfo.InvariantCulture) >= int.Parse(File.ReadAllLines(acknowledged)[^1], CultureInfo.InvariantCulture));
        foreach (string _ in (string[])["once", "again"])
            Assert.Equal(HttpStatusCode.NoContent, (await second.Client.PutAsJsonAsync("/v1/objects/kept", kept, ControlJson.Default.TransferredObject)).StatusCode);
        (byte[] construction, byte[]? state) = Use(second.Settings, static table => table.Find("tuner", 5)!.Value);
        Assert.Equal(kept.Construction, construction);
        Assert.Equal(kept.State, state);
        Assert.True(Assert.Single((await second.StatusAsync()).Objects).KeepsState);

        // Without the code of its class it waits for whoever has that.
        Assert.Contains("Run the program that has its class", (await TestHost.RefusalAsync(await second.Client.PostAsync("/v1/objects/connect?name=tuner", null), HttpStatusCode.NotFound)).Message, StringComparison.Ordinal);
        HostError taken = await TestHost.RefusalAsync(await second.Client.PutAsJsonAsync("/v1/objects/kept", kept with { ObjectId = 6 }, ControlJson.Default.TransferredObject), HttpStatusCode.Conflict);
        Assert.Equal(HostErrorCode.Snapshot, taken.Code);
        await TestHost.RefusalAsync(await second.Client.PutAsJsonAsync("/v1/objects/kept", kept with { Name = "" }, ControlJson.Default.TransferredObject), HttpStatusCode.UnprocessableEntity);
        await TestHost.RefusalAsync(await first.Client.GetAsync("/v1/objects/kept?name=nobody"), HttpStatusCode.NotFound);
    }

    private static T Use<T>(HostSettings settings, Func<ObjectTable, T> use)
    {
        using var store = new HostStore(new HostFolders(settings.Home), TimeProvider.System, NullLogger<HostStore>.Instance);
        using var table = new ObjectTable(store, TimeProvider.System, NullLogger<ObjectTable>.Instance);
        return use(table);
    }

    private static Task Eventually(Func<bool> isTrue) => TestHost.EventuallyAsync(isTrue);
}
