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
        Assert.Equal(status, (await PutAsync(host, id, call)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"/v1/calls/{Id}", Stop)).StatusCode);
        Assert.False(File.Exists(Path.Combine(host.Home, "host.db")));
    }

    [Fact]
    public async Task A_call_that_cannot_be_run_ends_with_the_reason()
    {
        await using TestHost host = await TestHost.StartAsync();
        const string Call = """{"member":"Jobs.Run()","methodId":300,"deployment":"gone","retentionSeconds":60}""";
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(host, Id, Call)).StatusCode);
        CallStatus status = (await host.Client.GetFromJsonAsync($"/v1/calls/{Id}?wait=30", ControlJson.Default.CallStatus, Stop))!;
        Assert.Equal((CallState.Failed, "Jobs.Run()"), (status.State, status.Member));
        using HttpResponseMessage outcome = await host.Client.GetAsync($"/v1/calls/{Id}/outcome", Stop);
        Assert.Equal(CallOutcome.Refused, outcome.Headers.GetValues(CallOutcome.Header).Single());
        HostError error = (await outcome.Content.ReadFromJsonAsync(ControlJson.Default.HostError, Stop))!;
        Assert.Equal(HostErrorCode.NotFound, error.Code);
        Assert.Contains("no longer has deployment gone", error.Message, StringComparison.Ordinal);

        // Asked again, as after an answer that was lost, it is the same call.
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(host, Id, Call)).StatusCode);
        CallListing listing = (await host.Client.GetFromJsonAsync("/v1/calls", ControlJson.Default.CallListing, Stop))!;
        Assert.Equal(CallState.Failed, Assert.Single(listing.Calls).State);
        Assert.Equal("", await host.Client.GetStringAsync($"/v1/calls/{Id}/events?follow=true", Stop));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.PostAsync($"/v1/calls/cancel?id={Id}", null, Stop)).StatusCode);
    }

    [Fact]
    [Acceptance(28)]
    public async Task What_a_former_host_left_is_interrupted_or_taken_up()
    {
        HostSettings settings = TestHost.NewSettings();
        var folders = new HostFolders(settings.Home);
        folders.Create();
        using (var store = new HostStore(folders, TimeProvider.System, NullLogger<HostStore>.Instance))
        {
            var table = new CallTable(store, folders, TimeProvider.System);
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
        }

        await using TestHost host = await TestHost.StartAsync(settings);
        Assert.Equal(CallState.Interrupted, (await GetAsync(host, "00000000000000aa")).State);
        Assert.Equal(HttpStatusCode.Conflict, (await host.Client.GetAsync("/v1/calls/00000000000000aa/outcome", Stop)).StatusCode);

        Assert.Equal(CallState.Interrupted, (await GetAsync(host, "00000000000000dd")).State);

        // The deployment is not here: that is how far they come.
        Assert.Equal(CallState.Failed, (await GetAsync(host, "00000000000000bb")).State);
        Assert.Equal(CallState.Failed, (await GetAsync(host, "00000000000000cc")).State);
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
        await PutAsync(host, Id, """{"member":"Jobs.Run()","methodId":300,"deployment":"gone","retentionSeconds":60}""");
        Assert.Equal(CallState.Failed, (await GetAsync(host, Id)).State);
        time.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"/v1/calls/{Id}", Stop)).StatusCode);
    }

    private static Task<HttpResponseMessage> PutAsync(TestHost host, string id, string call)
        => host.Client.PutAsync($"/v1/calls/{id}?call={Uri.EscapeDataString(call)}", new ByteArrayContent([]), Stop);

    private static async Task<CallStatus> GetAsync(TestHost host, string id)
        => (await host.Client.GetFromJsonAsync($"/v1/calls/{id}?wait=30", ControlJson.Default.CallStatus, Stop))!;
}
