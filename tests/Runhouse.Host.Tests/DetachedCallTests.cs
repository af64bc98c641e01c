using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Detached calls as a host records them, and finds them when it starts.</summary>
public sealed class DetachedCallTests
{
    private const string Id = "0123456789abcdef";
    private const string Broken = "exit 3";
    private const string Serve = """say '{"kind":"serving"}'""";
    private const string Full = "CREATE TRIGGER full BEFORE UPDATE ON calls BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.UnprocessableEntity, "nonsense", "{}")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, "null")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, "{}")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, """{"member":"m","methodId":300,"deployment":"d"}""")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, """{"member":"m","methodId":300,"retentionSeconds":9}""")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, """{"member":"m","methodId":300,"deployment":"d","objectId":7,"retentionSeconds":9}""")]
    [InlineData(HttpStatusCode.UnprocessableEntity, Id, """{"member":"m","methodId":300,"deployment":"d","retentionSeconds":1e300}""")]
    public async Task What_is_no_call_is_refused_and_not_recorded(HttpStatusCode status, string id, string call)
    {
        await using TestHost host = await TestHost.StartAsync();
        Assert.Equal(status, (await host.SpawnAsync(id, call)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"/v1/calls/{Id}", Stop)).StatusCode);
        Assert.False(File.Exists(Path.Combine(host.Home, "host.db")));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 3, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 255, 255, 255, 255, (byte)'{', (byte)'}' })]
    public async Task A_body_without_a_call_is_refused(byte[] body)
    {
        await using TestHost host = await TestHost.StartAsync();
        HostError refused = await TestHost.RefusalAsync(await host.Client.PutAsync($"/v1/calls/{Id}", new ByteArrayContent(body), Stop), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("DetachedCall", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_cannot_be_run_ends_with_the_reason()
    {
        await using TestHost host = await TestHost.StartAsync();

        // More than an address may have, and in no log.
        DetachedCall call = CallOf(await host.DeployAsync(Broken)) with
        {
            Place = new WorkerRequest { Process = "trainer", Variables = new Dictionary<string, string> { ["LARGE"] = new('x', 20_000) } },
        };
        Assert.Equal(HttpStatusCode.Created, (await host.SpawnAsync(Id, call)).StatusCode);
        CallStatus status = await host.CallAsync(Id);
        Assert.Equal((CallState.Failed, "Jobs.Run()"), (status.State, status.Member));
        HostError error = await ErrorAsync(host, Id);
        Assert.Equal(HostErrorCode.DidNotStart, error.Code);
        Assert.Contains("did not start", error.Message, StringComparison.Ordinal);

        // Asked again, as after an answer that was lost, it is the same call.
        Assert.Equal(HttpStatusCode.Created, (await host.SpawnAsync(Id, call)).StatusCode);
        CallListing listing = (await host.Client.GetFromJsonAsync("/v1/calls", ControlJson.Default.CallListing, Stop))!;
        Assert.Equal(CallState.Failed, Assert.Single(listing.Calls).State);
        Assert.Equal("", await host.Client.GetStringAsync($"/v1/calls/{Id}/events?follow=true", Stop));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.PostAsync($"/v1/calls/cancel?id={Id}", null, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_worker_that_cannot_be_reached_is_waited_for_to_end_before_the_call_goes_to_another()
    {
        await using TestHost host = await TestHost.StartAsync();

        // Each says that it serves, refuses, and ends a moment later: as one that was killed just now.
        string starts = Path.Combine(host.Home, "starts");
        DetachedCall call = CallOf(await host.DeployAsync($"{Serve}; echo >> '{starts}'; sleep 0.2; exit 3"));
        Assert.Equal(HttpStatusCode.Created, (await host.SpawnAsync(Id, call)).StatusCode);
        await host.CallAsync(Id);
        HostError error = await ErrorAsync(host, Id);
        Assert.Equal(HostErrorCode.WorkerGone, error.Code);
        Assert.Equal(3, (await File.ReadAllLinesAsync(starts, Stop)).Length);
    }

    [Fact]
    public async Task A_call_of_a_deployment_that_is_not_here_is_refused_and_not_recorded()
    {
        await using TestHost host = await TestHost.StartAsync();
        HostError refused = await TestHost.RefusalAsync(
            await host.SpawnAsync(Id, new DetachedCall { Member = "Jobs.Run()", MethodId = 300, Deployment = "gone", RetentionSeconds = 60 }), HttpStatusCode.NotFound);
        Assert.Contains("no longer has deployment gone", refused.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"/v1/calls/{Id}", Stop)).StatusCode);
    }

    [Fact]
    public async Task An_outcome_that_the_store_does_not_take_is_kept_until_it_does()
    {
        await using TestHost host = await TestHost.StartAsync();
        DetachedCall call = CallOf(await host.DeployAsync(Broken));
        await host.SpawnAsync(Id, call);
        await host.CallAsync(Id);
        TestHost.Execute(host.Home, Full);
        await host.SpawnAsync("00000000000000bb", call);
        string log = Path.Combine(host.Home, "logs", "host.log");
        while (!(await File.ReadAllTextAsync(log, Stop)).Contains("What becomes of detached call 00000000000000bb cannot be written", StringComparison.Ordinal))
            Stop.ThrowIfCancellationRequested();
        Assert.Equal(CallState.Waiting, (await host.CallAsync("00000000000000bb", wait: 0)).State);
        TestHost.Execute(host.Home, "DROP TRIGGER full");
        Assert.Equal(CallState.Failed, (await host.CallAsync("00000000000000bb")).State);
        Assert.Contains("did not start", (await ErrorAsync(host, "00000000000000bb")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_starts_whose_store_takes_nothing_and_notes_what_was_interrupted_when_it_can()
    {
        HostSettings settings = Left(static table =>
        {
            DetachedCall call = new() { Member = "Jobs.Run()", MethodId = 300, Deployment = "gone", RetentionSeconds = 60 };
            table.TryAdd(Id, call, "ada", null, []);
            table.TryStart(Id, "w-1");
        });
        TestHost.Execute(settings.Home, Full);
        await using TestHost host = await TestHost.StartAsync(settings);
        Assert.Equal(CallState.Running, (await host.CallAsync(Id, wait: 0)).State);
        TestHost.Execute(host.Home, "DROP TRIGGER full");
        Assert.Equal(CallState.Interrupted, (await host.CallAsync(Id)).State);
    }

    [Fact]
    public async Task A_call_in_the_environment_of_an_image_waits_at_the_next_host_until_the_image_is_applied()
    {
        string[] ids = ["00000000000000aa", "00000000000000bb"];
        HostSettings settings = TestHost.NewSettings();
        var image = new ImageManifest { Name = "gpu", Steps = [new VariablesStep([new ImageVariable("V", "1")])] };
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
        {
            DetachedCall call = CallOf(await first.DeployAsync(Broken)) with { Place = new WorkerRequest { Environment = await ApplyAsync(first, image) } };
            Assert.Equal(HttpStatusCode.Created, (await first.SpawnAsync(Id, call)).StatusCode);
            await first.CallAsync(Id);
        }

        // The calls that a host leaves when it is killed: one that waits, one that may run again.
        TestHost.Execute(settings.Home, $"INSERT INTO calls (id, state, call, caller, created_at) SELECT '{ids[0]}', 0, call, caller, created_at FROM calls");
        TestHost.Execute(settings.Home, $"INSERT INTO calls (id, state, call, caller, created_at) SELECT '{ids[1]}', 1, json_set(call, '$.isIdempotent', json('true')), caller, created_at FROM calls WHERE id = '{Id}'");
        await using TestHost host = await TestHost.StartAsync(settings);
        string log = Path.Combine(host.Home, "logs", "host.log");
        foreach (string id in ids)
        {
            while (!(await File.ReadAllTextAsync(log, Stop)).Contains($"{id} waits until image gpu is applied", StringComparison.Ordinal))
                Stop.ThrowIfCancellationRequested();
            Assert.Equal(CallState.Waiting, (await host.CallAsync(id, wait: 0)).State);
        }

        // Other values, so another environment: the call runs in what the image is now.
        await ApplyAsync(host, image with { Steps = [new VariablesStep([new ImageVariable("V", "2")])] });
        foreach (string id in ids)
        {
            Assert.Equal(CallState.Failed, (await host.CallAsync(id)).State);
            Assert.Equal(HostErrorCode.DidNotStart, (await ErrorAsync(host, id)).Code);
        }
    }

    [Fact]
    public async Task A_call_of_an_object_that_is_yet_to_come_back_in_its_image_waits_until_the_image_is_applied()
    {
        HostSettings settings = TestHost.NewSettings();
        TestDeployment deployment;
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
            deployment = await first.DeployAsync(Broken);
        DetachedCall call = new() { Member = "Tuner.Run()", MethodId = 300, Deployment = deployment.Id, Worker = "w-1", ObjectId = 5, ObjectName = "tuner", RetentionSeconds = 60 };
        using (var store = new HostStore(new HostFolders(settings.Home), TimeProvider.System, NullLogger<HostStore>.Instance))
        {
            new ObjectTable(store, TimeProvider.System, NullLogger<ObjectTable>.Instance)
                .Put(new StoredObject("tuner", "App.Tuner", 5, "App", deployment.Id) { Place = new WorkerRequest(), Image = "gpu" }, [1]);
            new CallTable(store, new HostFolders(settings.Home), TimeProvider.System).TryAdd(Id, call, "ada", null, []);
        }

        await using TestHost host = await TestHost.StartAsync(settings);

        // Whoever makes one now is not held up by that.
        string[] ids = [Id, "00000000000000bb"];
        Assert.Equal(HttpStatusCode.Created, (await host.SpawnAsync(ids[1], call)).StatusCode);
        string log = Path.Combine(host.Home, "logs", "host.log");
        foreach (string id in ids)
        {
            await TestHost.EventuallyAsync(() => File.ReadAllText(log).Contains($"{id} waits until image gpu is applied", StringComparison.Ordinal));
            Assert.Equal(CallState.Waiting, (await host.CallAsync(id, wait: 0)).State);
        }

        await ApplyAsync(host, new ImageManifest { Name = "gpu", Steps = [new VariablesStep([new ImageVariable("V", "1")])] });
        foreach (string id in ids)
        {
            Assert.Equal(CallState.Failed, (await host.CallAsync(id)).State);
            Assert.Equal(HostErrorCode.DidNotStart, (await ErrorAsync(host, id)).Code);
        }
    }

    [Fact]
    [Acceptance(28)]
    public async Task What_a_former_host_left_is_interrupted_or_taken_up()
    {
        HostSettings settings = Left(static table =>
        {
            DetachedCall call = new() { Member = "Jobs.Run()", MethodId = 300, Deployment = "gone", RetentionSeconds = 60 };
            table.TryAdd("00000000000000aa", call, "ada", null, []);
            table.TryStart("00000000000000aa", "w-1");
            table.TryAdd("00000000000000bb", call, "ada", null, []);
            table.TryAdd("00000000000000cc", call with { IsIdempotent = true }, "ada", null, []);
            table.TryStart("00000000000000cc", "w-1");

            // It has brought its host down again and again.
            table.TryAdd("00000000000000dd", call with { IsIdempotent = true }, "ada", null, []);
            for (int i = 0; i < 10; i++)
                table.TryStart("00000000000000dd", "w-1");
        });

        await using TestHost host = await TestHost.StartAsync(settings);
        Assert.Equal(CallState.Interrupted, (await host.CallAsync("00000000000000aa")).State);
        Assert.Equal(HttpStatusCode.Conflict, (await host.Client.GetAsync("/v1/calls/00000000000000aa/outcome", Stop)).StatusCode);

        Assert.Equal(CallState.Interrupted, (await host.CallAsync("00000000000000dd")).State);

        // The deployment is not here: that is how far they come.
        Assert.Equal(CallState.Failed, (await host.CallAsync("00000000000000bb")).State);
        Assert.Equal(CallState.Failed, (await host.CallAsync("00000000000000cc")).State);
    }

    [Fact]
    public async Task A_damaged_store_keeps_no_host_from_starting()
    {
        HostSettings settings = TestHost.NewSettings();
        Directory.CreateDirectory(settings.Home);
        await File.WriteAllTextAsync(Path.Combine(settings.Home, "host.db"), new string('x', 5000), Stop);
        await using TestHost host = await TestHost.StartAsync(settings);
        Assert.Empty((await host.Client.GetFromJsonAsync("/v1/calls", ControlJson.Default.CallListing, Stop))!.Calls);
        Assert.Contains("is damaged", await File.ReadAllTextAsync(Path.Combine(host.Home, "logs", "host.log"), Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outcomes_are_forgotten_when_their_time_is_over()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(time: time);
        await host.SpawnAsync(Id, CallOf(await host.DeployAsync(Broken)));
        Assert.Equal(CallState.Failed, (await host.CallAsync(Id)).State);
        time.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"/v1/calls/{Id}", Stop)).StatusCode);
    }

    [Fact]
    public async Task Files_of_calls_that_the_store_does_not_have_are_deleted_once_they_are_old()
    {
        var time = new FakeTimeProvider();
        HostSettings settings = Left(static table =>
            table.TryAdd(Id, new DetachedCall { Member = "Jobs.Run()", MethodId = 300, Deployment = "gone", RetentionSeconds = 1e6 }, "ada", null, new byte[100_000]));
        string calls = Path.Combine(settings.Home, "calls");
        string lost = Path.Combine(calls, "00000000000000ff.arguments"), fresh = Path.Combine(calls, "00000000000000ee.arguments");
        await File.WriteAllTextAsync(lost, "x", Stop);
        await File.WriteAllTextAsync(fresh, "x", Stop);
        foreach (string file in Directory.EnumerateFiles(calls).Where(file => file != fresh))
            File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime.AddHours(-2));
        await using TestHost host = await TestHost.StartAsync(settings, time);
        await TestHost.EventuallyAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return !File.Exists(lost);
        });
        Assert.True(File.Exists(fresh));
        Assert.Equal(CallState.Failed, (await host.CallAsync(Id)).State);
    }

    private static async Task<string> ApplyAsync(TestHost host, ImageManifest image)
    {
        FrameAnswer begun = await FrameAnswer.BeginAsync(host.Client, "/v1/images", JsonContent.Create(image, ControlJson.Default.ImageManifest));
        using FrameAnswer answer = await begun.ToEndAsync();
        return Assert.IsType<ImageApplied>(answer.Progress[^1]).Environment!;
    }

    private static HostSettings Left(Action<CallTable> record)
    {
        HostSettings settings = TestHost.NewSettings();
        var folders = new HostFolders(settings.Home);
        folders.Create();
        using var store = new HostStore(folders, TimeProvider.System, NullLogger<HostStore>.Instance);
        record(new CallTable(store, folders, TimeProvider.System));
        return settings;
    }

    private static DetachedCall CallOf(TestDeployment deployment) => new() { Member = "Jobs.Run()", MethodId = 300, Deployment = deployment.Id, RetentionSeconds = 60 };

    private static async Task<HostError> ErrorAsync(TestHost host, string id)
    {
        using HttpResponseMessage outcome = await host.Client.GetAsync($"/v1/calls/{id}/outcome", Stop);
        Assert.Equal(CallOutcome.Refused, outcome.Headers.GetValues(CallOutcome.Header).Single());
        return (await outcome.Content.ReadFromJsonAsync(ControlJson.Default.HostError, Stop))!;
    }
}
